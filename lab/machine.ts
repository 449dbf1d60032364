import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { openSync, closeSync, readFileSync } from "node:fs";
import { quote } from "./place";
import { poll } from "./poll";
import { Qmp } from "./qmp";

/**
 * A wire's end: a stream of Ethernet frames, at which one end listens. A machine that stands still holds up its wires, as
 * datagrams would not be, which its sockets drop.
 */
export interface WireEnd {
  readonly path: string;
  readonly listens: boolean;
}

export interface MachineNic {
  readonly name: string;
  readonly mac: string;
  readonly wire: WireEnd | { readonly sshPort: number };
}

export interface MachineSpec {
  readonly name: string;
  readonly memoryMb: number;
  readonly kernel: string;
  readonly initrd: string;
  /** Writable qcow2. */
  readonly disk: string;
  readonly nics: readonly MachineNic[];
  /** Where its console, and what QEMU itself has to say, is written. */
  readonly console: string;
  /** The file its memory lives in, if it shall outlive the machine; with `privately`, it is only read. */
  readonly memory?: { readonly path: string; readonly privately: boolean };
  /** Waits for a saved state instead of booting. */
  readonly incoming?: boolean;
  /** A raw second disk, read-only. */
  readonly secondDisk?: string;
  /** Run instead of systemd. */
  readonly init?: string;
}

const kernelArguments = [
  "root=/dev/vda rw quiet console=ttyS0 panic=-1",
  // Kernel names follow the PCI slots, so eth0... need no renaming; the other names come from .link files.
  "net.ifnames=0",
  // An emulated processor has no speculation to guard against, a steady clock, and a random number instruction.
  "mitigations=off tsc=reliable random.trust_cpu=on nowatchdog",
  // QEMU translates code anew wherever it is mapped: at addresses that stay, a process starts in a third of the time.
  "norandmaps init_on_alloc=0",
  "systemd.getty_auto=0",
].join(" ");

/** A comma in a file name would begin the next option. */
const escaped = (path: string): string => path.replaceAll(",", ",,");

function nicArguments({ name, mac, wire }: MachineNic, index: number): string[] {
  const backend =
    "sshPort" in wire
      ? `user,id=${name},restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:${wire.sshPort}-:22`
      : `stream,id=${name},server=${wire.listens ? "on" : "off"},addr.type=unix,addr.path=${escaped(wire.path)}`;
  return [
    ...["-netdev", backend],
    ...["-device", `virtio-net-pci,id=card-${name},netdev=${name},mac=${mac},addr=${8 + index},romfile=`],
  ];
}

export function qemuArguments(spec: MachineSpec): string[] {
  const init = spec.init === undefined ? "" : ` init=/bin/sh -- -c "${spec.init}"`;
  const memoryFile = spec.memory
    ? `memory-backend-file,mem-path=${escaped(spec.memory.path)},share=${spec.memory.privately ? "off" : "on"}`
    : "memory-backend-ram";
  const second = spec.secondDisk === undefined ? [] : [spec.secondDisk];
  return [
    ...["-name", `extrude-lab-${spec.name}`, "-nodefaults", "-no-user-config", "-display", "none"],
    ...[
      "-machine",
      "pc,memory-backend=ram",
      "-accel",
      "tcg,thread=multi,tb-size=256",
      "-cpu",
      "qemu64,+rdrand",
      "-smp",
      "1",
    ],
    ...["-m", `${spec.memoryMb}M`, "-object", `${memoryFile},id=ram,size=${spec.memoryMb}M`],
    ...["-kernel", spec.kernel, "-initrd", spec.initrd, "-append", kernelArguments + init],
    // Nothing on these disks has to survive a crash of this machine; a guest's crash leaves QEMU running.
    ...["-drive", `file=${escaped(spec.disk)},if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap`],
    ...["-device", "virtio-blk-pci,drive=disk,addr=4"],
    ...second.flatMap((path) => [
      ...["-drive", `file=${escaped(path)},if=none,id=second,format=raw,readonly=on`],
      ...["-device", "virtio-blk-pci,drive=second,addr=5"],
    ]),
    ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng,addr=6"],
    // Tells a restored guest that it is a copy, so that it does not repeat its random numbers.
    ...["-device", "vmgenid,guid=auto"],
    ...spec.nics.flatMap(nicArguments),
    ...["-serial", `file:${spec.console}`],
    ...["-chardev", "stdio,id=monitor,signal=off", "-mon", "chardev=monitor,mode=control"],
    ...(spec.incoming === true ? ["-incoming", "defer"] : []),
    ...(spec.init === undefined ? [] : ["-no-reboot"]),
  ];
}

/** Waits until the machine listens at its wires: who connects before that gets none, and QEMU does not try again. */
async function listening({ name, nics }: MachineSpec): Promise<void> {
  const paths = nics.flatMap(({ wire }) => ("path" in wire && wire.listens ? [wire.path] : []));
  if (paths.length === 0) return;
  await poll(
    `the machine ${name} to listen at its wires`,
    () => {
      // proc(5): the fourth word has the flag of a socket that listens, the last is its path.
      const listens = readFileSync("/proc/net/unix", "utf8")
        .split("\n")
        .map((line) => line.split(/ +/));
      return paths.every((path) => listens.some((words) => words[3] === "00010000" && words.at(-1) === path));
    },
    { intervalMs: 10 },
  );
}

/** One running QEMU. It dies with the process that started it. */
export class Machine {
  readonly qmp: Qmp;
  readonly ended: Promise<void>;
  private running = true;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly log: string,
  ) {
    if (!child.stdin || !child.stdout) throw new Error(`QEMU for ${name} was started without pipes.`);
    this.qmp = new Qmp(name, child.stdin, child.stdout);
    this.ended = new Promise((resolve) => {
      child.once("close", () => {
        this.running = false;
        resolve();
      });
    });
  }

  static async start(spec: MachineSpec): Promise<Machine> {
    const log = `${spec.console}.qemu`;
    const descriptor = openSync(log, "w", 0o600);
    // The inner shell catches the owner having died before the kernel was told to watch it.
    const guarded = 'test "$PPID" = "$0" || exit 1; exec "$@"';
    const command = ["sh", "-c", guarded, String(process.pid), "qemu-system-x86_64", ...qemuArguments(spec)];
    const stdio: StdioOptions = ["pipe", "pipe", descriptor];
    // In a session of its own: Ctrl-C in a terminal is for the owner to handle.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...command], { stdio, detached: true });
    closeSync(descriptor);
    child.on("error", () => undefined);
    const machine = new Machine(spec.name, child, log);
    try {
      await machine.qmp.ready();
    } catch {
      const words = readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "";
      throw new Error(`The machine ${spec.name} did not start. QEMU said: ${words === "" ? "nothing" : words}`);
    }
    await listening(spec);
    return machine;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.running;
  }

  /** Loads the state that `save` wrote, and runs. */
  async restore(stateFile: string): Promise<void> {
    await this.ignoreSharedMemory();
    await this.qmp.execute("migrate-incoming", { uri: `exec:cat ${quote(stateFile)}` });
    await poll(
      `the machine ${this.name} to load its saved state`,
      async () => {
        if (!this.running) throw new Error(readFileSync(this.log, "utf8").trim());
        return ((await this.qmp.execute("query-status")) as { status: string }).status !== "inmigrate";
      },
      { deadlineMs: 60_000, intervalMs: 20 },
    );
    // It was stopped when it was saved, and that is part of its state.
    await this.qmp.execute("cont");
  }

  /** Stops the machine and writes everything but its memory, which is in its file already. */
  async save(stateFile: string): Promise<void> {
    await this.ignoreSharedMemory();
    await this.qmp.execute("stop");
    await this.qmp.execute("migrate", { uri: `exec:cat > ${quote(stateFile)}` });
    await poll(
      `the machine ${this.name} to save its state`,
      async () => {
        const { status } = (await this.qmp.execute("query-migrate")) as { status?: string };
        if (status === "failed") throw new Error("QEMU says that saving failed");
        return status === "completed";
      },
      { deadlineMs: 60_000, intervalMs: 50 },
    );
    await this.qmp.execute("quit");
    await this.ended;
  }

  private async ignoreSharedMemory(): Promise<void> {
    const capabilities = [{ capability: "x-ignore-shared", state: true }];
    await this.qmp.execute("migrate-set-capabilities", { capabilities });
  }

  /** Ends it as by pulling the plug. */
  async kill(): Promise<void> {
    if (this.running) this.child.kill("SIGKILL");
    await this.ended;
  }
}
