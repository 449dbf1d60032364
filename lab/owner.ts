import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ControlServer, type MachineStatus, type OwnerCalls } from "./control";
import { withLock, type Say } from "./lock";
import { Machine } from "./machine";
import { labDirectory, privateDirectory, writeAtomically } from "./paths";
import { identify, isRunning, type ProcessIdentity } from "./process";
import type { Release } from "./recipe";
import { ensureSnapshot, overlay, type Snapshot } from "./snapshot";
import { topologyNamed } from "./topologies";
import { hostNames, startOrder, type Topology } from "./topology";
import { claimPorts, machineSpec, type Ports } from "./wiring";

export interface LabOptions {
  readonly name: string;
  readonly topology: string;
  readonly release: Release;
}

/** What is written in a running lab's directory: enough to use it from another process. */
export interface LabRecord extends LabOptions {
  readonly owner: ProcessIdentity;
  readonly token: string;
  readonly ports: Ports;
  readonly snapshot: string;
  readonly hostKeys: Readonly<Record<string, string>>;
}

const recordFile = "lab.json";

/** The record of a lab, if its owner is alive. */
export function runningLab(name: string): LabRecord | undefined {
  const path = join(labDirectory(name), recordFile);
  if (!existsSync(path)) return undefined;
  const record = JSON.parse(readFileSync(path, "utf8")) as LabRecord;
  return isRunning(record.owner) ? record : undefined;
}

/** Owns a lab's machines: they are its child processes, and end with it. */
export class LabOwner implements OwnerCalls {
  private machines_: Machine[] = [];
  private busy: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly topology: Topology,
    private readonly snapshot: Snapshot,
    private readonly directory: string,
    private readonly ports: Ports,
    private readonly control: ControlServer,
    /** Called when the lab was told to stop. */
    private readonly onStop: () => void,
  ) {}

  static start(options: LabOptions, say: Say, onStop: () => void = () => undefined): Promise<LabRecord> {
    const lock = `${labDirectory(options.name)}.lock`;
    return withLock(lock, `starting the lab "${options.name}"`, say, () => LabOwner.startAlone(options, say, onStop));
  }

  private static async startAlone(options: LabOptions, say: Say, onStop: () => void): Promise<LabRecord> {
    const { name, release } = options;
    if (runningLab(name)) {
      throw new Error(`The lab "${name}" is running already: use it, take it down, or choose another --name.`);
    }
    const topology = topologyNamed(options.topology);
    const snapshot = await ensureSnapshot(topology, release, say);
    const directory = labDirectory(name);
    rmSync(directory, { recursive: true, force: true });
    privateDirectory(directory);
    const control = new ControlServer();
    const ports = await claimPorts(topology, (port) => control.listen(port));
    const owner = new LabOwner(topology, snapshot, directory, ports, control, onStop);
    const self = identify(process.pid);
    if (!self) throw new Error("This process cannot find itself in /proc.");
    say(`restoring ${hostNames(topology).join(", ")} from the snapshot`);
    try {
      await owner.restore();
    } catch (error) {
      await owner.stop();
      throw error;
    }
    const token = randomBytes(16).toString("hex");
    control.start(owner, token);
    const { hostKeys } = snapshot;
    const record: LabRecord = { ...options, owner: self, token, ports, snapshot: snapshot.directory, hostKeys };
    writeAtomically(join(directory, recordFile), JSON.stringify(record, null, 2) + "\n");
    return record;
  }

  private async restore(moment?: string): Promise<void> {
    this.machines_ = [];
    for (const host of startOrder(this.topology)) this.machines_.push(await this.startOne(host, moment));
    await Promise.all(this.machines_.map((machine) => this.load(machine, moment)));
  }

  /** The file of a moment that was kept. */
  private kept(host: string, moment: string, kind: "qcow2" | "state"): string {
    return join(this.directory, `${host}.${moment}.${kind}`);
  }

  private async startOne(host: string, moment?: string): Promise<Machine> {
    const from = this.snapshot.directory;
    const disk = join(this.directory, `${host}.qcow2`);
    await overlay(disk, moment === undefined ? join(from, `${host}.qcow2`) : this.kept(host, moment, "qcow2"));
    const console = join(this.directory, `${host}.log`);
    const files = { image: this.snapshot.image, disk, console, wires: this.directory };
    return Machine.start({
      ...machineSpec(this.topology, host, this.ports, files),
      // A kept state brings all of the memory along, since this is no file of its own.
      memory: { path: join(from, `${host}.memory`), privately: true },
      incoming: true,
    });
  }

  private load(machine: Machine, moment?: string): Promise<void> {
    const { name } = machine;
    return machine.restore(
      moment === undefined ? join(this.snapshot.directory, `${name}.state`) : this.kept(name, moment, "state"),
    );
  }

  private machine(host: string): Machine {
    const found = this.machines_.find(({ name }) => name === host);
    if (!found) throw new Error(`There is no machine "${host}" in this lab.`);
    return found;
  }

  /** One change at a time, in the order of the calls. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.busy.then(work, work);
    this.busy = turn.catch(() => undefined);
    return turn;
  }

  reset(moment?: string): Promise<void> {
    return this.inTurn(async () => {
      if (moment !== undefined && !this.hasKept(moment)) throw new Error(`The lab has kept no moment "${moment}".`);
      await Promise.all(this.machines_.map((machine) => machine.kill()));
      await this.restore(moment);
    });
  }

  keep(moment: string): Promise<void> {
    return this.inTurn(async () => {
      // Disks may stand on those of a moment that was kept, so that it cannot be replaced.
      if (this.hasKept(moment)) throw new Error(`The lab has kept a moment "${moment}" already.`);
      await Promise.all(this.machines_.map((machine) => machine.save(this.kept(machine.name, moment, "state"))));
      for (const host of hostNames(this.topology)) {
        renameSync(join(this.directory, `${host}.qcow2`), this.kept(host, moment, "qcow2"));
      }
      await this.restore(moment);
    });
  }

  private hasKept(moment: string): boolean {
    return hostNames(this.topology).every((host) => existsSync(this.kept(host, moment, "qcow2")));
  }

  powerCut(host: string): Promise<void> {
    return this.inTurn(async () => {
      await this.machine(host).qmp.execute("system_reset");
    });
  }

  setCarrier(host: string, nic: string, carrier: boolean): Promise<void> {
    return this.inTurn(async () => {
      await this.machine(host).qmp.execute("set_link", { name: `card-${nic}`, up: carrier });
    });
  }

  machines(): Promise<readonly MachineStatus[]> {
    return Promise.resolve(this.machines_.map(({ name, pid, isRunning: running }) => ({ name, pid, running })));
  }

  stop(): Promise<void> {
    return this.inTurn(async () => {
      await Promise.all(this.machines_.map((machine) => machine.kill()));
      rmSync(this.directory, { recursive: true, force: true });
      // Not awaited: the call that asked for the end is answered over a connection of this server.
      void this.control.close().then(this.onStop);
    });
  }
}
