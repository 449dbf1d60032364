import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Lab } from "../lab/lab";
import { runningLab } from "../lab/owner";
import { privateDirectory, writeAtomically } from "../lab/paths";
import { providers, type ProviderSpec } from "../lab/topology";
import { files } from "./files";
import type { Say } from "./progress";

export const labName = "demo";

/** The hosts of Pulumi.dev.yaml, and what the lab calls them. */
export const labHosts = { rack: "colo", router: "router" } as const;
export type HostName = keyof typeof labHosts;

export function isRunning(): boolean {
  return runningLab(labName) !== undefined;
}

/** The lab of an earlier run where all of it still answers, or else a new one. */
export async function bringLabUp(say: Say): Promise<Lab> {
  if (!isRunning()) return Lab.up({ name: labName, detached: true, say });
  const lab = Lab.attach(labName);
  const machines = await lab.machines();
  const dead = machines.filter(({ running }) => !running).map(({ name }) => name);
  if (dead.length === 0) {
    say(`using the lab "${labName}", which is running`);
    return lab;
  }
  say(`the lab "${labName}" has lost ${dead.join(", ")}: starting a new one`);
  await lab.down();
  return Lab.up({ name: labName, detached: true, say });
}

/** Someone may have broken a line by hand, or an earlier run may have ended before it healed one. */
export async function healLines(lab: Lab, say: Say): Promise<void> {
  const heal = async ({ name, defaults }: ProviderSpec): Promise<void> => {
    const link = lab.link(name);
    if (isDeepStrictEqual(await link.state(), defaults)) return;
    await link.clear();
    say(`the line ${name} was not as the lab makes it; it is again`);
  };
  await Promise.all(providers(lab.topology).map(heal));
}

/** What Pulumi.dev.yaml refers to. The keys stay where the lab keeps them. */
export function writeConnectionFiles(lab: Lab): void {
  privateDirectory(files.folder);
  for (const name of ["rack", "router"] as const) {
    const { host, port, user, hostKey, privateKeyPath } = lab.host(labHosts[name]).ssh;
    const connection = { host, port, user, hostKey, privateKeyFile: privateKeyPath };
    writeAtomically(files[name], `${JSON.stringify(connection, null, 2)}\n`);
  }
}

/** Another value for every lab that was ever started: its hosts know nothing of what ran on those before. */
export function identityOf(lab: Lab): string {
  return createHash("sha256").update(lab.record.token).digest("hex").slice(0, 16);
}

/** Which hosts have extrude's agent. */
export async function hostsWithAgent(lab: Lab): Promise<HostName[]> {
  const names = Object.keys(labHosts) as HostName[];
  const found = await Promise.all(
    names.map(async (name) => {
      const { code } = await lab
        .host(labHosts[name])
        .exec("test -x /usr/local/sbin/extrudectl", { allowFailure: true });
      return code === 0;
    }),
  );
  return names.filter((_, index) => found[index]);
}
