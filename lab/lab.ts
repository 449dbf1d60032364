import { readFileSync } from "node:fs";
import { ownerAt, type MachineStatus, type OwnerCalls } from "./control";
import { forward, type Forward, type ForwardOptions } from "./forward";
import { LabHost, LabNamespace } from "./host";
import { startKeeper } from "./keeping";
import { LabLink } from "./link";
import type { Say } from "./lock";
import { LabOwner, runningLab, type LabRecord } from "./owner";
import type { Place } from "./place";
import { poll } from "./poll";
import { Probe, type ProbeOptions } from "./probe";
import { isRunning } from "./process";
import type { Release } from "./recipe";
import { keyPath } from "./snapshot";
import { SshConnection } from "./ssh";
import { readState, type HostState } from "./state";
import { topologyNamed } from "./topologies";
import { coreName, hostNames, providers, worldName, type Topology } from "./topology";

export interface UpOptions {
  readonly name: string;
  readonly topology?: string;
  readonly release?: Release;
  /** Outlives this process, until it is taken down. Otherwise its machines end with this process, however that ends. */
  readonly detached?: boolean;
  readonly say?: Say;
}

/** A running lab, as seen from any process of this machine. */
export class Lab {
  readonly topology: Topology;
  readonly owner: OwnerCalls;
  private readonly hosts: ReadonlyMap<string, LabHost>;

  private constructor(readonly record: LabRecord) {
    this.topology = topologyNamed(record.topology);
    this.owner = ownerAt(record.name, record.ports.control, record.token);
    this.hosts = new Map(hostNames(this.topology).map((name) => [name, this.makeHost(name)]));
  }

  /** Starts a lab: from its snapshot, which is built first where this machine has none yet. */
  static async up(options: UpOptions): Promise<Lab> {
    const { name, topology = "two-lines", release = "12", detached = false, say = () => undefined } = options;
    const full = { name, topology, release };
    if (detached) await startKeeper(full, say);
    else await LabOwner.start(full, say);
    const lab = Lab.attach(name);
    try {
      await lab.arrive();
    } catch (error) {
      await lab.down();
      throw error;
    }
    return lab;
  }

  /** Uses a lab that runs already. */
  static attach(name: string): Lab {
    const record = runningLab(name);
    if (!record) throw new Error(`There is no running lab "${name}". Start it: extrude lab up --name ${name}`);
    return new Lab(record);
  }

  private makeHost(name: string): LabHost {
    const { ports, snapshot, hostKeys } = this.record;
    const key = (which: "control" | "user"): string => readFileSync(keyPath(snapshot, which), "utf8");
    const [port, hostKey] = [ports.ssh[name] ?? 0, hostKeys[name] ?? ""];
    const connection = new SshConnection({ name, port, username: "root", privateKey: key("control"), hostKey });
    // The world is the lab's own machine: people who look at it are root.
    const [user, which] = name === worldName ? (["root", "control"] as const) : (["admin", "user"] as const);
    const access = { host: "127.0.0.1", port, user, privateKey: key(which), hostKey };
    return new LabHost(name, { ...access, privateKeyPath: keyPath(snapshot, which) }, connection, this.owner);
  }

  /** After a restore: the clocks still show when the snapshot was made. */
  private async arrive(): Promise<void> {
    const arrived = async (host: LabHost): Promise<void> => {
      await host.connect();
      // The jump of its clock can end the very session that makes it.
      await poll(`${host.name} to take the time`, () => host.setClock().then(() => true));
    };
    await Promise.all([...this.hosts.values()].map(arrived));
  }

  host(name: string): LabHost {
    const found = this.hosts.get(name);
    if (!found) throw new Error(`The lab has no host "${name}". Hosts: ${[...this.hosts.keys()].join(", ")}.`);
    return found;
  }

  namespace(name: string): LabNamespace {
    const names = [...this.topology.world.namespaces.map((namespace) => namespace.name), coreName];
    if (!names.includes(name)) throw new Error(`The world has no namespace "${name}". It has: ${names.join(", ")}.`);
    return new LabNamespace(this.host(worldName), name);
  }

  /** A host or a namespace. */
  place(name: string): Place {
    return this.hosts.get(name) ?? this.namespace(name);
  }

  link(name: string): LabLink {
    const links = providers(this.topology);
    const spec = links.find((link) => link.name === name);
    if (spec) return new LabLink(spec, this.host(worldName), this.owner);
    throw new Error(`The lab has no link "${name}". Links: ${links.map((link) => link.name).join(", ")}.`);
  }

  probe(options: ProbeOptions): Promise<Probe> {
    return Probe.start(options, (name) => this.place(name), [...this.hosts.values()]);
  }

  /** Everything about a host that somebody may change; compare two with `diffStates`. */
  stateOf(host: string): Promise<HostState> {
    return readState(this.host(host));
  }

  /** A loopback port of this machine that leads to a host over the network under test, as long as this process lives. */
  forward(options: ForwardOptions): Promise<Forward> {
    return forward(options, this.place(options.from));
  }

  /** Of the key that root's authorized_keys hold. */
  get controlKeyPath(): string {
    return keyPath(this.record.snapshot, "control");
  }

  machines(): Promise<readonly MachineStatus[]> {
    return this.owner.machines();
  }

  /** All machines, and with them all links, back to the snapshot, or to a moment that was kept. */
  async reset(moment?: string): Promise<void> {
    for (const host of this.hosts.values()) host.drop();
    await this.owner.reset(moment);
    await this.arrive();
  }

  /** Keeps this moment of all machines, for `reset` to lead back to as long as the lab is up. */
  async keep(moment: string): Promise<void> {
    for (const host of this.hosts.values()) host.drop();
    await this.owner.keep(moment);
    await this.arrive();
  }

  /** Leaves the lab running, closes this process's connections to it. */
  async detach(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.disconnect()));
  }

  async down(): Promise<void> {
    for (const host of this.hosts.values()) host.drop();
    const { owner, name } = this.record;
    const asked = this.owner.stop();
    if (owner.pid === process.pid) {
      await asked;
      return;
    }
    const ended = (): boolean => !isRunning(owner);
    try {
      await asked;
      await poll(`the keeper of the lab "${name}" to end`, ended, { deadlineMs: 10_000, intervalMs: 20 });
    } catch {
      // It does not answer any more. The machines end with it.
      if (isRunning(owner)) process.kill(owner.pid, "SIGKILL");
      await poll(`the keeper of the lab "${name}" to be gone`, ended, { deadlineMs: 10_000, intervalMs: 20 });
    }
  }
}
