import { type Answer, ask, Correspondent } from "./ask";
import { stackHosts } from "./asking";
import { diagnoseDifferences } from "./diagnose-host";
import { differencesOf } from "./differences";
import type { Repair, RepairOptions } from "./repair";
import type { StackHost } from "./state";

/** Restoring announces addresses, which takes a second, and may have to wait for a change that is under way. */
const restoreMs = 90_000;

export async function repairHosts(names: readonly string[], options: RepairOptions): Promise<Repair[]> {
  const hosts = await stackHosts(options, names);
  return Promise.all(hosts.map((host) => repairHost(host, options.dryRun === true)));
}

async function repairHost(host: StackHost, isDry: boolean): Promise<Repair> {
  const before = await ask(host, "");
  const missing = missingIn(before);
  if (isDry || missing.length === 0) return outcome(before, before, isDry ? missing : []);
  const correspondent = new Correspondent(host);
  const { refusal } = await correspondent.put("restore", "", restoreMs).finally(() => {
    correspondent.close();
  });
  if (refusal !== undefined) return { host: host.name, restored: [], remaining: [], unasked: refusal.text };
  return outcome(before, await ask(host, ""), missing);
}

function missingIn({ facts }: Answer): readonly string[] {
  return facts?.drift ?? [];
}

/** What was missing before and is not any longer, and what is still wrong. */
export function outcome(before: Answer, after: Answer, missing: readonly string[]): Repair {
  const { host, facts, refusal } = after;
  const name = { host: host.name };
  if (facts === undefined)
    return { ...name, restored: [], remaining: [], unasked: refusal?.text ?? "It did not answer." };
  const isSame = before === after;
  const differences = differencesOf(host, facts).filter(({ text }) => !(isSame && missing.includes(text)));
  return {
    ...name,
    restored: missing.filter((text) => isSame || !facts.drift.includes(text)),
    remaining: diagnoseDifferences(host, differences),
  };
}
