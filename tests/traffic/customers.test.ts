import type { Lab } from "../../lab/lab";
import { diffStates, type HostState, readState } from "../../lab/state";
import { quietState, unchanged } from "../e2e/support/fault-bench";
import { freshLab } from "../e2e/support/lab";
import { tunnelsUp } from "../e2e/support/site";
import { attacksOf } from "../unit/customer-attacks";
import { alpha, beta, threeStacks, type ThreeStacks, toronto } from "./support/customers";
import { probeWhile } from "./support/probing";

jest.setTimeout(900_000);

let lab: Lab;
let stacks: ThreeStacks;
let before: HostState;

beforeAll(async () => {
  lab = await freshLab();
  before = await readState(lab.host("colo"));
  stacks = await threeStacks(lab);
  await stacks.owner.up();
  await Promise.all([stacks.alpha.up(), stacks.beta.up()]);
  await tunnelsUp(lab, 2);
});

afterAll(async () => {
  (stacks as ThreeStacks | undefined)?.dispose();
  await lab.detach();
});

test("two customers' stacks are made at once by logins that are not root, and each sees its own alone", async () => {
  const own = await stacks.ask("alpha", "status");
  expect(own.stdout.match(/^unit .*$/gm)).toEqual([
    "unit organization/alpha/dev/address/vpn host rack",
    "unit organization/alpha/dev/uplink/dsl host rack",
    "unit organization/alpha/dev/bond/office host rack",
  ]);
  expect((await stacks.ask("beta", "status")).stdout).not.toContain("alpha");
});

test("what one customer's key attempts is refused, is in the journal, and costs the other nothing", async () => {
  const colo = lab.host("colo");
  // Every other: the unit tests try them all, and here each takes seconds.
  const attacks = attacksOf(beta, alpha, toronto)
    .map((attack, index) => ({ id: `A${index + 1}`, ...attack }))
    .filter((_, index) => index % 2 === 0);
  const state = await quietState(lab, "colo");
  const table: string[] = [];
  const report = await probeWhile(lab, { to: alpha.address, echoAt: "router" }, async () => {
    for (const { id, title, command, input, refusal } of attacks) {
      const { code, stdout, stderr } = await stacks.ask("beta", command, input);
      expect({ title, code, stdout }).toEqual({ title, code: 1, stdout: "" });
      expect(stderr).toMatch(refusal);
      table.push(`[${id}] it ${title}: ${stderr.trim().split("\n").at(-1) ?? ""}`);
    }
  });
  process.stderr.write(`${table.join("\n")}\n`);
  await unchanged(lab, state);
  expect(report.lost).toBe(0);
  const { stdout } = await colo.exec(
    "journalctl --quiet --output=cat -t extrude-customer | grep -c '^extrude-beta: refused: '",
  );
  expect(Number(stdout)).toBe(attacks.length);
});

test("a customer that still has units stays, and when all stacks are gone so is everything of them", async () => {
  await expect(stacks.owner.destroy()).rejects.toThrow(/is still needed; remove first:/);
  await Promise.all([stacks.beta.destroy(), stacks.alpha.destroy()]);
  await stacks.owner.destroy();
  // The system's own copies of its users' files, from before their last change (shadow(5)).
  const copies = /: file \/etc\/g?(group|passwd|shadow)-: /;
  const left = diffStates(before, await readState(lab.host("colo"))).filter((difference) => !copies.test(difference));
  expect(left).toEqual([]);
});
