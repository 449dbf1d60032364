import { spawnSync } from "node:child_process";
import { branchesOf, renderBash, renderFish, renderZsh, type Branch } from "../../cli/completion";
import { wholeProgram } from "../../cli/verbs";
import { tool } from "./tools";

let branches: Branch[] = [];
beforeAll(async () => {
  branches = branchesOf(await wholeProgram());
});

/** What bash would offer after these words, the last one of which is being typed. */
function offered(...words: string[]): string[] {
  const typed = ["extrude", ...words].map((word) => `'${word}'`).join(" ");
  const script = `${renderBash(branches)}\ncompopt() { :; }\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _extrude; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync(tool("bash"), ["-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

test("bash offers verbs, options, and what an option takes", () => {
  expect(offered("d")).toEqual(["diagram", "doctor", "drift"]);
  expect(offered("status", "--w")).toEqual(["--watch"]);
  expect(offered("status", "office", "--j")).toEqual(["--json"]);
  expect(offered("diagram", "--format", "")).toEqual(["svg", "mermaid", "html"]);
  expect(offered("diagram", "--output", "")).toEqual([]);
  expect(offered("lab", "")).toEqual(expect.arrayContaining(["up", "down", "ssh"]));
  expect(offered("lab", "up", "--rel")).toEqual(["--release"]);
});

test("every verb and option is in the scripts of all shells", () => {
  const scripts = [renderBash(branches), renderZsh(branches), renderFish(branches)];
  for (const { verbs, options } of branches) {
    for (const { name } of [...verbs, ...options]) {
      for (const script of scripts) expect(script).toContain(name.replace(/^--/, ""));
    }
  }
});

test("what a shell would interpret is quoted", () => {
  const odd: Branch[] = [{ path: [], verbs: [{ name: "x", summary: "it's $(id): `id` \\" }], options: [] }];
  expect(renderZsh(odd)).toContain(`'x:it'\\''s $(id)\\: \`id\` \\'`);
  expect(renderFish(odd)).toContain("'it\\'s $(id): `id` \\\\'");
});
