import type { FlowReport, LossRow, ProbeReport } from "../../lab/probe";
import { whileRunning } from "../traffic/support/probing";

/** Of ten seconds in which one flow sent 100 messages. */
function reportOf(losses: readonly LossRow[], pauses: ProbeReport["pauses"]): ProbeReport {
  const lost = losses.reduce((sum, { count }) => sum + count, 0);
  const flow: FlowReport = {
    ...{ sent: 100, received: 100 - lost, lost, duplicates: 0, reordered: 0, longestGapMs: 0, losses },
    ...{ longestLossMs: 0, medianRttMs: 30, survived: true, broken: null, localPort: 1 },
  };
  return {
    ...{ sent: 100, received: 100 - lost, lost, durationMs: 10_000, longestGapMs: 0 },
    ...{ perFlow: [flow], events: [], pauses },
  };
}

const row = { fromMs: 3000, toMs: 3500, count: 5 };

test("what is lost while all machines run counts", () => {
  const { lost, perFlow } = whileRunning(reportOf([row], []));
  expect({ lost, longest: perFlow[0]?.longestLossMs }).toEqual({ lost: 5, longest: 500 });
});

test.each([
  ["in a pause", { fromMs: 3100, toMs: 3300 }, 0],
  ["long after a short pause", { fromMs: 2000, toMs: 2300 }, 5],
  ["soon after a pause that BFD takes for a line's death", { fromMs: 1500, toMs: 2000 }, 0],
  ["long after such a pause", { fromMs: -1500, toMs: -900 }, 5],
  ["before a pause", { fromMs: 4000, toMs: 4800 }, 5],
])("what is lost %s", (_, pause, lost) => {
  expect(whileRunning(reportOf([row], [{ machine: "colo", ...pause }])).lost).toBe(lost);
});

test("a loss beside one in a pause still counts", () => {
  const other = { fromMs: 9000, toMs: 9100, count: 1 };
  expect(whileRunning(reportOf([row, other], [{ machine: "colo", fromMs: 3100, toMs: 3300 }])).lost).toBe(1);
});

test("everything counts where machines stood still nearly all of the time", () => {
  const pauses = [0, 3, 6, 9].map((at) => ({ machine: "world", fromMs: at * 1000, toMs: at * 1000 + 500 }));
  expect(whileRunning(reportOf([row], pauses)).lost).toBe(5);
});
