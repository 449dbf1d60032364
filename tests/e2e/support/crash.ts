import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";
import { apply, nameOf, unitText } from "./agent";
import type { Change } from "./changes";
import type { Fault, Steps } from "./steps";

/** Reads the unit's text; nothing where the host does not have it. */
async function textOf(lab: Lab, { host, unit }: Change): Promise<string | undefined> {
  const { code } = await lab.host(host).exec(`test -e /var/lib/extrude/units/${unit}`, { allowFailure: true });
  return code === 0 ? unitText(lab, host, unit) : undefined;
}

async function make(lab: Lab, { host, unit }: Change, text: string | undefined): Promise<void> {
  const removal = `extrudectl remove ${unit} --as ${host === "colo" ? "rack" : "router"}`;
  const result =
    text === undefined
      ? await lab.host(host).exec(removal, { allowFailure: true, timeoutMs: 120_000 })
      : await apply(lab, host, text);
  if (result.code !== 0) throw new Error(`${text === undefined ? unit : nameOf(text)}: ${result.stderr}`);
}

async function expectWhole(lab: Lab, { host }: Change): Promise<void> {
  await poll(
    `nothing to be missing on ${host}`,
    async () => {
      const { code, stdout } = await lab
        .host(host)
        .exec("extrudectl drift && extrudectl status", { allowFailure: true });
      if (code !== 0) throw new Error(stdout);
      return true;
    },
    { deadlineMs: 60_000, intervalMs: 500 },
  );
}

/** How many steps a change has, and at which a fault may find what it finds at no other. The host is left as it was. */
export async function stepsOf(
  lab: Lab,
  what: Change,
  steps: Steps,
  fault: Fault,
): Promise<{ readonly count: number; readonly points: readonly number[] }> {
  const before = await textOf(lab, what);
  await steps.begin(0, fault);
  await make(lab, what, what.after(before ?? ""));
  const points = await steps.distinct(fault);
  const { length: count } = await steps.end();
  await make(lab, what, before);
  return { count, points };
}

/**
 * Makes a change, lets the fault strike before one of its steps, and returns which generation the host is at afterwards.
 * Fails where it is at neither, or where doing the change again does not lead to the new one.
 */
export async function strike(lab: Lab, what: Change, steps: Steps, step: number, fault: Fault): Promise<"old" | "new"> {
  const host = lab.host(what.host);
  const before = await textOf(lab, what);
  const after = what.after(before ?? "");
  await steps.begin(step);
  let isOver = false;
  const made = make(lab, what, after)
    .catch(() => undefined)
    .finally(() => (isOver = true));
  if (await steps.reached(() => isOver)) {
    if (fault === "power cut") await host.crash();
    else await host.exec("systemctl kill --signal=KILL 'extrude-change-*'");
  }
  await made;
  await host.exec("rm -rf /run/steps; extrudectl restore");
  await expectWhole(lab, what);
  const found = await textOf(lab, what);
  if (found !== before && found !== after)
    throw new Error(`${what.unit} is neither what it was nor what it was to be.`);
  const { stdout } = await host.exec("cd /var/lib/extrude && ls");
  if (/staged|leaving|mended/.test(stdout)) throw new Error(`${what.host} still has a change under way.`);
  // Doing it again leads to the new generation, and the way back to the old one.
  await make(lab, what, after);
  await expectWhole(lab, what);
  await make(lab, what, before);
  await expectWhole(lab, what);
  return found === before ? "old" : "new";
}
