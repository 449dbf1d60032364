import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentProgram } from "../../agent/program";
import { renderUnit, type Unit } from "../../rendering/unit";
import { fakes } from "./agent-fakes";
import { type Outcome, run, shells } from "./tools";

export type ShellName = keyof typeof shells;

/** Folders of a host that the agent writes to or reads, and where they are in a test. */
const places = {
  "/var/lib/extrude": "state",
  "/run/extrude": "run",
  "/usr/local/sbin/extrudectl": "extrudectl",
  "/etc/systemd/system": "systemd",
  "/etc/sudoers.d": "sudoers",
  "/proc/sys": "proc-sys",
  "/proc/modules": "proc-modules",
  "/proc/uptime": "proc-uptime",
  "/proc/net/udp": "proc-udp",
  "/proc/net/dev": "proc-dev",
  "/proc/net/xfrm_stat": "proc-xfrm",
  "/sys/class/net": "net",
  "/sys/module": "module",
} as const;

/**
 * A machine that is a folder: the agent's own program runs in it by its verbs, with every path that it writes to moved
 * into the folder, and with stand-ins for the programs that would touch the kernel.
 */
export class AgentHost {
  public readonly program: string;

  public constructor(
    public readonly folder: string,
    private readonly shell: ShellName = "dash",
  ) {
    this.program = join(folder, "program.sh");
    for (const one of ["bin", "systemd", "module", "sudoers"]) mkdirSync(join(folder, one), { recursive: true });
    for (const [name, text] of Object.entries(fakes)) {
      const file = join(folder, "bin", name);
      writeFileSync(file, `#!/bin/sh\nHOST='${folder}'\n${text}`);
      chmodSync(file, 0o755);
    }
    this.write("program.sh", this.moved(agentProgram()));
    this.write("proc-modules", "kept 1 0 - Live 0x0\n");
    this.write("proc-uptime", "100.25 50.00\n");
    this.write("pid", `${process.pid}\n`);
    for (const key of ["fib_multipath_hash_policy", "fib_multipath_use_neigh", "ip_nonlocal_bind"]) {
      this.write(`proc-sys/net/ipv4/${key}`, "0\n");
    }
    this.write("proc-sys/net/ipv4/conf/all/send_redirects", "1\n");
    this.write("proc-sys/net/ipv6/fib_multipath_hash_policy", "0\n");
    this.write("proc-sys/net/ipv6/conf/all/proxy_ndp", "0\n");
    for (const device of ["all", "default", "lo", "eth0", "eth1", "ppp0", "wwan0", "eth9"]) this.device(device);
  }

  /** The agent's text, or a command that calls it, with every path of a host's moved into the folder. */
  public moved(text: string): string {
    return Object.entries(places).reduce(
      (moved, [path, place]) => moved.replaceAll(path, join(this.folder, place)),
      text.replace(/^PATH=/m, `PATH='${this.folder}/bin':`),
    );
  }

  /** The verbs, as in the service in which changes run: with the socket of the SSH connection, if they came by one. */
  public call(words: readonly string[], input = "", socket = ""): Outcome {
    return this.callIn(this.program, words, input, socket);
  }

  /** The verbs of another program: the agent that is installed, or that of another release. */
  public callIn(program: string, words: readonly string[], input = "", socket = ""): Outcome {
    const service = { EXTRUDE_SERVICE: "extrude-change-1.service", EXTRUDE_SOCKET: socket };
    return run([...shells[this.shell](), program, ...words], input, service);
  }

  public apply(unit: string | Unit, secrets = "", socket = ""): Outcome {
    const text = typeof unit === "string" ? unit : renderUnit(unit);
    const name = /^unit (.*)$/m.exec(text)?.[1] ?? "";
    return this.call(["apply", name], text + secrets, socket);
  }

  /** What sshd runs when a customer asks for something, as far as sudo lets it come. */
  public ask(login: string, command: string, input: string | Buffer = ""): Outcome {
    const service = { EXTRUDE_SERVICE: "extrude-change-1.service", SUDO_USER: login };
    const asked = command.replaceAll("/usr/local/sbin/extrudectl", join(this.folder, "extrudectl"));
    return run([...shells[this.shell](), this.program, "customer"], input, { ...service, SSH_ORIGINAL_COMMAND: asked });
  }

  /** Applies units one after the other, where nothing is expected to go wrong. */
  public holding(...units: readonly (string | Unit)[]): this {
    for (const unit of units) {
      const { status, stdout, stderr } = this.apply(unit, secretsFor(unit));
      if (status !== 0 || stdout !== "applied\n" || stderr !== "") throw new Error(`exit ${String(status)}: ${stderr}`);
    }
    return this;
  }

  public remove(unit: string, host = "rack"): Outcome {
    return this.call(["remove", unit, "--as", host]);
  }

  /** What the stand-ins were called for since the last look, in order. */
  public done(): string[] {
    const text = this.read("log");
    rmSync(join(this.folder, "log"), { force: true });
    return text.split("\n").slice(0, -1);
  }

  /** The kernel's links, addresses, rules, routes and neighbours, each as the line that added it. */
  public kernel(): string[] {
    return this.read("kernel").split("\n").slice(0, -1);
  }

  /** Every file under a folder of the host's, by its path in it. */
  public files(folder = "state"): string[] {
    const top = join(this.folder, folder);
    if (!existsSync(top)) return [];
    return readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1))
      .sort();
  }

  public read(file: string): string {
    return existsSync(join(this.folder, file)) ? readFileSync(join(this.folder, file), "utf8") : "";
  }

  public write(file: string, text: string): void {
    mkdirSync(join(this.folder, file, ".."), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** What a stand-in says instead of doing its work; an empty text lets it work again. */
  public fail(program: "nft-check" | "nft" | "bird" | "birdc" | "unshare" | "tc", says: string): void {
    this.write(`fail.${program}`, says);
  }

  /** Gives the machine an interface. */
  public device(device: string): void {
    this.write(`net/${device}/address`, "02:00:00:00:00:01\n");
    this.write(`proc-sys/net/ipv4/conf/${device}/forwarding`, "0\n");
    this.write(`proc-sys/net/ipv4/conf/${device}/rp_filter`, "1\n");
    this.write(`proc-sys/net/ipv4/neigh/${device}/proxy_delay`, "80\n");
    this.write(`proc-sys/net/ipv6/neigh/${device}/proxy_delay`, "80\n");
    this.write(`proc-sys/net/ipv6/conf/${device}/forwarding`, "0\n");
    this.write(`proc-sys/net/ipv6/conf/${device}/accept_ra`, "1\n");
  }
}

/** A key for each tunnel that is encrypted. */
function secretsFor(unit: string | Unit): string {
  const { wireguard = [], charon = [] } = typeof unit === "string" ? {} : unit.sections;
  const tunnels = [...wireguard.map((line) => line.split(" ")[0]), ...charon.map((line) => line.split(" ")[1])];
  return tunnels.map((tunnel) => `${tunnel ?? ""} KEY\n`).join("");
}

/** A unit's text, from lines of its header and sections. */
export function unitText(name: string, ...lines: string[]): string {
  return ["extrude unit 1", `unit acme/net/prod/${name}`, "host rack", ...lines, "[end]", ""].join("\n");
}
