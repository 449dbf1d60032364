import { relative } from "node:path";

const colours = /\x1b\[[0-9;]*m/g;

/** The first lines of what a test or file says is wrong, without its trace: enough to know where to look. */
function gist(message) {
  const lines = message.replaceAll(colours, "").split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("at "))
    .slice(0, 4)
    .map((line) => `    ${line.slice(0, 300)}`);
}

/**
 * What failed, of one result of Jest's (`--json`): a line for each test, or for a file that could not be run, and what it
 * said. They are printed together at the end, since they have happened an hour apart.
 */
export function failures({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length > 0) {
      return failed.flatMap(({ fullName, failureMessages }) => [
        `  ${file}: ${fullName}`,
        ...gist(failureMessages.join("\n")),
      ]);
    }
    return status === "failed" ? [`  ${file}: could not be run`, ...gist(message)] : [];
  });
}
