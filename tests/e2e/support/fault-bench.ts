import { appendFileSync } from "node:fs";
import { guestFile } from "../../../lab/paths";
import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";
import { diffStates, type HostState, readState } from "../../../lab/state";
import { probeWhile } from "../../traffic/support/probing";
import { extruded } from "./site";

type HostName = "colo" | "router";

/** What a fault does to the hosts' own traffic, and to the hosts. */
export interface Exposure {
  /** Where the probe goes: the extruded address, unless another one is said. */
  readonly to?: string;
  /** The host or namespace that answers it; "lasting" is what `lastingEcho` has made. */
  readonly echoAt?: string;
  /**
   * Packets of 50 a second that the fault may cost; none, unless it is said. "some" is a twentieth of all, for tests that
   * run beside another lab: hosts that wait for a processor look to BFD like dead lines.
   */
  readonly mayLose?: number | "some";
  /** Whether a host boots, for which its wires hold back packets: what comes back later than 2 s is lost. */
  readonly boots?: boolean;
  /** The hosts that are to be afterwards as they were before. */
  readonly same?: readonly HostName[];
}

const rate = 50;
/** The probe ends by itself after this time, which is that of the longest test. */
const maxSeconds = 900;
const lastingPort = 7007;

/** An echo server at the router that outlives a reboot. */
export async function lastingEcho(lab: Lab): Promise<void> {
  const unit = [
    "[Service]",
    `ExecStart=/bin/sh -c 'tail -f /dev/null | exec python3 /root/echo.py udp ${lastingPort} 1000000 4'`,
    "Restart=always",
    "[Install]",
    "WantedBy=multi-user.target",
  ].join("\n");
  const router = lab.host("router");
  await router.exec("cat >/root/echo.py", { input: guestFile("echo.py") });
  await router.exec("cat >/etc/systemd/system/lasting-echo.service", { input: unit });
  await router.exec("systemctl daemon-reload && systemctl enable -q --now lasting-echo && sync");
}

/** Of a host while nothing of extrude's looks around there, which would be seen among the processes. */
export async function quietState(lab: Lab, name: HostName): Promise<HostState> {
  const host = lab.host(name);
  await poll(`the watcher of ${name} to have looked around`, async () => {
    return (await host.exec("pgrep -f 'extrudectl (heal|guard)'", { allowFailure: true })).code === 1;
  });
  return readState(host);
}

/** The watcher waits and looks around with processes that come and go; and the agent notes what it loads, for the end. */
const own =
  /: processes . root (sleep [\d.]+|\/bin\/sh \S+\/extrudectl (watch|heal|guard|encapsulate))$|: modules \+ nf_conntrack_netlink|\/extrude\/modules:|\/run\/extrude\//;

/** Waits until the host is as it was; fails with what is left over. */
export async function unchanged(lab: Lab, before: HostState): Promise<void> {
  await poll(
    `${before.host} to be as it was`,
    async () => {
      const after = await quietState(lab, before.host as HostName);
      const differences = diffStates(before, after).filter((difference) => !own.test(difference));
      if (differences.length > 0) throw new Error(differences.join("; "));
      return true;
    },
    { deadlineMs: 60_000 },
  );
}

/** A row of the table of faults, which `npm test` prints at its end. */
function record(row: Readonly<Record<string, unknown>>): void {
  process.stderr.write(`${JSON.stringify(row)}\n`);
  const file = process.env.EXTRUDE_FAULT_TABLE;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/**
 * Lets a fault happen under a probe from the internet, in 4 flows, and writes down what it cost. Fails where it cost more
 * than it may, where the probe is not answered afterwards, or where a host is not what it was.
 */
export async function withstand(lab: Lab, work: () => Promise<unknown>, exposure: Exposure = {}): Promise<void> {
  const { to = extruded, echoAt = "router", mayLose = 0, boots = false, same = [] } = exposure;
  const before = await Promise.all(same.map((name) => quietState(lab, name)));
  const answerer = echoAt === "lasting" ? { port: lastingPort } : { echoAt };
  const options = { to, rate, flows: 4, maxSeconds, ...answerer, ...(boots ? { lateSeconds: 2 } : {}) };
  const { sent, lost, perFlow } = await probeWhile(lab, options, work, 100);
  for (const state of before) await unchanged(lab, state);
  const { currentTestName = "" } = expect.getState();
  const longestMs = Math.max(...perFlow.map(({ longestLossMs }) => longestLossMs));
  record({ test: currentTestName, sent, lost, longestMs, leftOver: same.length > 0 ? 0 : undefined });
  expect(lost).toBeLessThanOrEqual(mayLose === "some" ? sent / 20 : mayLose);
}
