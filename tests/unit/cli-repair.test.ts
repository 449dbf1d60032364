import type { Answer } from "../../cli/ask";
import { renderRepairs, repairExitCode } from "../../cli/repair";
import { outcome } from "../../cli/repair-hosts";
import { healthyFacts, stackHost } from "./cli-fixture";

const router = stackHost("router");
const rule = "[ip] missing: rule add priority 9020 oif eth1 lookup 7";
const link = "[ip] missing: link add x-a type gre";
const answer = (...drift: string[]): Answer => ({
  host: router,
  facts: healthyFacts(router, ...drift.map((line) => `drift ${line}`)),
});

const mended = outcome(answer(rule, link), answer(), [rule, link]);
const partly = outcome(answer(rule, link), answer(link), [rule, link]);
const unknown: Answer = { host: router, facts: healthyFacts(router, "unit acme/net/prod/bond/old router 00") };

test("what is back is told, and what is not remains with its remedy", () => {
  expect(mended).toEqual({ host: "router", restored: [rule, link], remaining: [] });
  expect(partly).toMatchObject({ restored: [rule], remaining: [{ code: "drifted" }] });
  const silent = { host: "rack", restored: [], remaining: [], unasked: "77.1.2.2 cannot be reached." };
  const fine = outcome(answer(), answer(), []);
  const units = outcome(unknown, unknown, []);
  expect(renderRepairs([mended, partly, silent, fine, units], false)).toMatchSnapshot();
});

test("a dry run says what would be put back, once", () => {
  const before = answer(rule);
  const dry = outcome(before, before, [rule]);
  expect(dry).toEqual({ host: "router", restored: [rule], remaining: [] });
  expect(renderRepairs([dry], true)).toBe(`router: would be put back: ${rule}\n`);
  expect(repairExitCode([dry], true)).toBe(1);
});

test("the exit code says whether all is as it was confirmed", () => {
  expect(repairExitCode([mended], false)).toBe(0);
  expect(repairExitCode([partly], false)).toBe(1);
  expect(repairExitCode([outcome(unknown, unknown, [])], false)).toBe(1);
  expect(repairExitCode([{ host: "rack", restored: [], remaining: [], unasked: "no" }], false)).toBe(3);
});

test("a host that is lost while it is repaired is told as such", () => {
  const lost: Answer = { host: router, refusal: { problem: "unanswered", text: "router is gone." } };
  expect(outcome(answer(rule), lost, [rule])).toEqual({
    host: "router",
    restored: [],
    remaining: [],
    unasked: "router is gone.",
  });
});
