import { existsSync, readFileSync } from "node:fs";
import Table from "cli-table3";

/** From the fewest to the most, where they differ. */
function range(numbers) {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

/**
 * What the tests have written down of the faults that they let happen (tests/e2e/support/fault-bench.ts), a row for each
 * fault: how often it happened, what the probe of 50 packets a second lost, and which tests looked for what was left over.
 */
export function faultTable(file) {
  if (!existsSync(file)) return "";
  const happened = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .flatMap((row) => (row.test.match(/\[F\d+\]/g) ?? []).map((fault) => ({ ...row, fault: fault.slice(1, -1) })));
  const number = ([fault]) => Number(fault.slice(1));
  const rows = Object.entries(Object.groupBy(happened, ({ fault }) => fault))
    .sort((one, other) => number(one) - number(other))
    .map(([fault, cases]) => [
      fault,
      `${cases.length}`,
      range(cases.map(({ lost }) => lost)),
      range(cases.map(({ longestMs }) => longestMs / 1000)),
      cases.every(({ leftOver }) => leftOver === 0) ? "nothing" : "not compared",
    ]);
  const head = ["fault", "times", "packets lost", "longest row, s", "left over"];
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
}
