import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { createServer } from "node:net";
import { ensureImage, type Image } from "./image";
import { removeAbandoned, unfinishedSuffix, withLock, type Say } from "./lock";
import { Machine, qemuArguments } from "./machine";
import { cacheRoot, digest, guestFile, privateDirectory } from "./paths";
import { requirePrograms, run } from "./process";
import type { Release } from "./recipe";
import { generateKeys, seedCommand, seededMark, writeSeed } from "./seed";
import { SshConnection } from "./ssh";
import { hostNames, startOrder, type Topology } from "./topology";
import { claimPorts, machineSpec, portsOfBlock, type Ports } from "./wiring";
import { renderWorld } from "./world";

/** A minute on an idle machine with two cores; this much on one that is busy with other things. */
const bootDeadlineMs = 900_000;

/** Booted, settled and frozen machines; every lab of the same topology and release starts as a copy of them. */
export interface Snapshot {
  readonly directory: string;
  readonly image: Image;
  /** "ssh-ed25519 AAAA..." by host. */
  readonly hostKeys: Readonly<Record<string, string>>;
}

export function keyPath(snapshotDirectory: string, key: "control" | "user"): string {
  return join(snapshotDirectory, "keys", key);
}

/** A copy-on-write disk; the backing file is named relative to it, so that the cache may be moved as a whole. */
export async function overlay(path: string, backing: string): Promise<void> {
  const from = join(relative(dirname(path), dirname(backing)), basename(backing));
  const args = ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", from, path];
  await run("qemu-img", args, { purpose: `create the disk ${basename(path)}` });
}

function load(directory: string, image: Image): Snapshot {
  const hostKeys = JSON.parse(readFileSync(join(directory, "host-keys.json"), "utf8")) as Record<string, string>;
  return { directory, image, hostKeys };
}

interface Build {
  readonly topology: Topology;
  readonly image: Image;
  readonly directory: string;
  readonly ports: Ports;
  readonly say: Say;
}

/** First boot, without systemd: unpacks the host's own files. */
async function seed({ topology, image, directory, ports }: Build, host: string, hostIndex: number): Promise<string> {
  const tar = join(directory, `${host}.seed.tar`);
  const console = join(directory, `${host}.seed.log`);
  const disk = join(directory, `${host}.qcow2`);
  const hostKey = await writeSeed(tar, { topology, hostIndex, host, keys: join(directory, "keys") });
  await overlay(disk, image.disk);
  const spec = machineSpec(topology, host, ports, { image, disk, console, wires: directory });
  const machine = await Machine.start({ ...spec, nics: [], secondDisk: tar, init: seedCommand });
  const timer = setTimeout(() => void machine.kill(), bootDeadlineMs);
  await machine.ended;
  clearTimeout(timer);
  const said = readFileSync(console, "utf8");
  if (!said.includes(seededMark)) {
    throw new Error(`Could not write ${host}'s own files to its disk. Its console said last:\n${said.slice(-1_500)}`);
  }
  rmSync(tar);
  return hostKey;
}

async function boot({ topology, image, directory, ports }: Build, host: string): Promise<Machine> {
  const files = {
    image,
    disk: join(directory, `${host}.qcow2`),
    console: join(directory, `${host}.log`),
    wires: directory,
  };
  const spec = machineSpec(topology, host, ports, files);
  return Machine.start({ ...spec, memory: { path: join(directory, `${host}.memory`), privately: false } });
}

/** Waits until the machine has come to rest, so that a copy of it does nothing by itself. */
async function settle(build: Build, host: string, hostKey: string): Promise<void> {
  const privateKey = readFileSync(keyPath(build.directory, "control"), "utf8");
  const port = build.ports.ssh[host] ?? 0;
  const ssh = new SshConnection({ name: host, port, username: "root", privateKey, hostKey });
  await ssh.connect(bootDeadlineMs);
  await ssh.exec(guestFile("settle.sh"), { timeoutMs: bootDeadlineMs });
  await ssh.close();
}

async function build(topology: Topology, build: Build): Promise<void> {
  const { directory, say } = build;
  const hosts = hostNames(topology);
  await generateKeys(join(directory, "keys"));
  const machines: Machine[] = [];
  try {
    say(`writing each machine's own files (${hosts.join(", ")})`);
    const keys = await Promise.all(hosts.map(async (host, index) => [host, await seed(build, host, index)] as const));
    const hostKeys = Object.fromEntries(keys);
    writeFileSync(join(directory, "host-keys.json"), JSON.stringify(hostKeys));
    say(`booting ${hosts.length} machines (about a minute)`);
    for (const host of startOrder(topology)) machines.push(await boot(build, host));
    await Promise.all(
      hosts.map(async (host) => {
        await settle(build, host, hostKeys[host] ?? "");
        say(`${host} has booted and settled`);
      }),
    );
    await Promise.all(machines.map((machine) => machine.save(join(directory, `${machine.name}.state`))));
  } finally {
    await Promise.all(machines.map((machine) => machine.kill()));
  }
}

/** Holds a block of ports for the time of a build. */
async function withPorts(topology: Topology, work: (ports: Ports) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  const listen = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      server.once("error", () => {
        resolve(false);
      });
      server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
        resolve(true);
      });
    });
  const ports = await claimPorts(topology, listen);
  try {
    await work(ports);
  } finally {
    server.close();
  }
}

/** Whatever decides what is in the snapshot; QEMU too, since it reads only its own saved states. */
async function snapshotDigest(topology: Topology, image: Image): Promise<string> {
  const qemu = await run("qemu-system-x86_64", ["--version"], { purpose: "ask QEMU for its version" });
  const files = { image: { ...image, disk: "", kernel: "", initrd: "" }, disk: "", console: "", wires: "" };
  const hardware = hostNames(topology).map((host) =>
    qemuArguments(machineSpec(topology, host, portsOfBlock(topology, 0), files)),
  );
  const guest = [renderWorld(topology), guestFile("settle.sh"), seedCommand];
  return digest([image.digest, topology, qemu.split("\n")[0], hardware, guest]);
}

/** The snapshot of a topology: from the cache, or made now. */
export async function ensureSnapshot(topology: Topology, release: Release, say: Say): Promise<Snapshot> {
  requirePrograms(["qemu-system-x86_64", "qemu-img", "setpriv", "flock", "ssh-keygen", "tar"]);
  const image = await ensureImage(release, say);
  const directory = join(cacheRoot(), `snapshot-${await snapshotDigest(topology, image)}`);
  if (existsSync(directory)) return load(directory, image);
  await removeAbandoned(cacheRoot());
  return withLock(`${directory}.lock`, `making the snapshot of ${topology.name}`, say, async () => {
    if (existsSync(directory)) return load(directory, image);
    const started = Date.now();
    say(`making the snapshot of ${topology.name} with Debian ${release} (once)`);
    const unfinished = directory + unfinishedSuffix;
    rmSync(unfinished, { recursive: true, force: true });
    privateDirectory(unfinished);
    try {
      await withPorts(topology, (ports) => build(topology, { topology, image, directory: unfinished, ports, say }));
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      throw error;
    }
    renameSync(unfinished, directory);
    say(`the snapshot is made (${((Date.now() - started) / 1000).toFixed(0)} s)`);
    return load(directory, image);
  });
}
