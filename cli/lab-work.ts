import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { Lab } from "../lab";
import { parseSettings } from "../lab/links";
import { labDirectory } from "../lab/paths";
import { isRelease, type Release } from "../lab/recipe";
import { hostNames, providers, worldName, type LinkState, type Shape } from "../lab/topology";

export interface NameOption {
  readonly name: string;
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** Runs `work` on a running lab, and lets go of it whatever happens. */
async function withLab(name: string, work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = Lab.attach(name);
  try {
    await work(lab);
  } finally {
    await lab.detach();
  }
}

export async function up(options: NameOption & { topology: string; release: string }): Promise<void> {
  const { name, topology, release } = options;
  if (!isRelease(release))
    throw new Error(`There is no Debian ${release} in the lab. Choose 12 or 13, or 12-lines or 13-lines.`);
  const started = Date.now();
  const lab = await Lab.up({ name, topology, release: release satisfies Release, detached: true, say });
  await lab.detach();
  const flag = name === "lab" ? "" : ` --name ${name}`;
  say(`the lab "${name}" is up after ${((Date.now() - started) / 1000).toFixed(1)} s: ${lab.topology.summary}`);
  say(`Next: extrude lab status${flag}; extrude lab ssh${flag} router; extrude lab link${flag} dsl loss=2%`);
}

export async function down({ name }: NameOption): Promise<void> {
  await Lab.attach(name).down();
  say(`the lab "${name}" is down`);
}

function describeShape({ rateKbit, delayMs, jitterMs, lossPercent, blackhole }: Shape): string {
  const parts = [
    ...(rateKbit === undefined ? [] : [`${rateKbit / 1000} Mbit/s`]),
    ...(delayMs ? [`${delayMs} ms`] : []),
    ...(jitterMs ? [`± ${jitterMs} ms`] : []),
    ...(lossPercent ? [`${lossPercent} % loss`] : []),
    ...(blackhole === true ? ["BLACKHOLE"] : []),
  ];
  return parts.length === 0 ? "unshaped" : parts.join(", ");
}

function describeRest({ carrier, blackholeTo, sourceFilter, nat }: LinkState): string {
  const parts = [
    ...(carrier ? [] : ["NO CARRIER"]),
    ...blackholeTo.map((address) => `${address} UNREACHABLE`),
    ...(sourceFilter ? ["source filter"] : []),
    ...(nat ? ["NAT"] : []),
  ];
  return parts.join(", ");
}

export async function status({ name, json }: NameOption & { json?: boolean }): Promise<void> {
  await withLab(name, async (lab) => {
    const machines = await lab.machines();
    const links = await Promise.all(
      providers(lab.topology).map(async (spec) => ({
        name: spec.name,
        wire: spec.wire,
        ...(await lab.link(spec.name).state()),
      })),
    );
    const hosts = hostNames(lab.topology).map((host) => {
      const { port, user, hostKey, privateKeyPath } = lab.host(host).ssh;
      const running = machines.find((machine) => machine.name === host)?.running ?? false;
      const nics = lab.topology.hosts.find((spec) => spec.name === host)?.nics ?? [];
      return { name: host, running, ssh: { host: "127.0.0.1", port, user, hostKey, privateKeyPath }, nics };
    });
    const { topology, release } = lab.record;
    if (json === true) {
      process.stdout.write(`${JSON.stringify({ name, topology, release, hosts, links }, null, 2)}\n`);
      return;
    }
    const hostTable = new Table({
      head: ["host", "", "SSH on 127.0.0.1", "addresses"],
      style: { head: [], border: [] },
    });
    for (const { name: host, running, ssh, nics } of hosts) {
      const addresses =
        host === worldName
          ? lab.topology.world.namespaces.map((spec) => `${spec.name} ${spec.address}`)
          : nics.map((nic) => `${nic.name} ${nic.address}`);
      hostTable.push([host, running ? "up" : "DEAD", `${ssh.user}, port ${ssh.port}`, addresses.join("\n")]);
    }
    const linkTable = new Table({ head: ["link", "to", "down", "up", ""], style: { head: [], border: [] } });
    for (const link of links) {
      const to = `${link.wire.host} ${link.wire.nic}`;
      linkTable.push([link.name, to, describeShape(link.down), describeShape(link.up), describeRest(link)]);
    }
    process.stdout.write(
      `lab "${name}": ${topology}, Debian ${release}\n${hostTable.toString()}\n${linkTable.toString()}\n`,
    );
  });
}

/** Arguments for OpenSSH: only the lab's key, only the lab's host key, nothing from the user's own configuration. */
function sshArguments(lab: Lab, host: string, knownHosts: string, asRoot: boolean): string[] {
  const { port, user, hostKey, privateKeyPath } = lab.host(host).ssh;
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`, { mode: 0o600 });
  const key = asRoot ? lab.controlKeyPath : privateKeyPath;
  return [
    ...["-F", "none", "-i", key, "-p", String(port), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"],
    ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR"],
    `${asRoot ? "root" : user}@127.0.0.1`,
  ];
}

export async function ssh(
  place: string,
  words: readonly string[],
  options: NameOption & { root?: boolean },
): Promise<void> {
  const lab = Lab.attach(options.name);
  const isHost = hostNames(lab.topology).includes(place);
  // Checks the name, too.
  lab.place(place);
  const knownHosts = join(labDirectory(options.name), `known_hosts.${process.pid}`);
  const args = sshArguments(lab, isHost ? place : worldName, knownHosts, !isHost || options.root === true);
  const command = isHost ? words : ["ip", "netns", "exec", place, ...(words.length === 0 ? ["bash"] : words)];
  const terminal = process.stdin.isTTY && words.length === 0 ? ["-t"] : [];
  const child = spawn("ssh", [...terminal, ...args, ...command], { stdio: "inherit" });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (error) => {
      reject(new Error(`ssh did not start (${error.message}). Install: apt-get install openssh-client`));
    });
    child.once("close", (status) => {
      resolve(status ?? 255);
    });
  }).finally(() => {
    rmSync(knownHosts, { force: true });
  });
  process.exitCode = code;
}

export async function link(linkName: string, words: readonly string[], { name }: NameOption): Promise<void> {
  await withLab(name, async (lab) => {
    const line = lab.link(linkName);
    const clear = words.length === 1 && words[0] === "clear";
    const state = clear
      ? await line.clear()
      : words.length === 0
        ? await line.state()
        : await line.set(parseSettings(words));
    const rest = describeRest(state);
    process.stdout.write(
      `${linkName}: down ${describeShape(state.down)}; up ${describeShape(state.up)}${rest === "" ? "" : `; ${rest}`}\n`,
    );
  });
}
