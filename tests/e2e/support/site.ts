import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HostEntry, StackEntries } from "../../../config/schema";
import type { Lab } from "../../../lab/lab";
import { labDirectory } from "../../../lab/paths";
import { poll } from "../../../lab/poll";
import { isLasting, ownLab } from "./lab";
import { TestStack } from "./stack";

export const internet = "198.51.100.10";
export const extruded = "77.1.2.3";
export const coloAddress = "77.1.2.2";

/** The site's lines as the topology has them. */
export const lines = {
  dsl: { interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" },
  cable: { interface: "eth2", address: "99.1.2.3", gateway: "99.1.2.1" },
  lte: { interface: "eth3", address: "111.1.2.3", gateway: "111.1.2.1" },
} as const;
export type LineName = keyof typeof lines;

type SiteEntry = StackEntries["sites"][string];

export interface SiteOptions extends Partial<Omit<SiteEntry, "colo" | "router" | "addresses" | "uplinks">> {
  readonly uplinks?: Partial<Record<LineName, SiteEntry["uplinks"][string]>>;
  /** What is different about lines from how the README has them. */
  readonly lines?: Partial<Record<LineName, Partial<StackEntries["uplinks"][string]>>>;
  readonly address?: string;
}

/** How Pulumi reaches a host of the lab. */
export function hostOf(lab: Lab, name: "colo" | "router"): HostEntry {
  const { host, port, user, privateKeyPath, hostKey } = lab.host(name).ssh;
  return { host, port, user, privateKeyFile: privateKeyPath, hostKey };
}

/** A stack that has the server in the rack, and nothing on it but the agent. */
export function rackAlone(lab: Lab, rack: Partial<HostEntry> = {}): StackEntries {
  return { hosts: { rack: { ...hostOf(lab, "colo"), ...rack } }, colos: {}, addresses: {}, uplinks: {}, sites: {} };
}

/** The same with a colo, and an address that nobody delivers yet. */
export function coloAlone(lab: Lab, address: string = extruded, rack: Partial<HostEntry> = {}): StackEntries {
  return {
    ...rackAlone(lab, rack),
    colos: {
      toronto: {
        host: "rack",
        address: coloAddress,
        prefix: "77.1.2.0/24",
        interface: "eth0",
        gateway: "77.1.2.1",
      },
    },
    addresses: { vpn: { colo: "toronto", address } },
  };
}

/** The site of the README: its lines, one address. */
export function siteConfig(
  lab: Lab,
  { uplinks = { dsl: {}, cable: {} }, lines: different = {}, address, ...site }: SiteOptions = {},
): StackEntries {
  const base = coloAlone(lab, address);
  const ends = { colo: "toronto", router: "router" };
  const names = Object.keys(uplinks) as LineName[];
  return {
    ...base,
    hosts: { ...base.hosts, router: hostOf(lab, "router") },
    uplinks: Object.fromEntries(names.map((name) => [name, { ...ends, ...lines[name], ...different[name] }])),
    sites: { office: { ...ends, addresses: ["vpn"], uplinks, ...site } },
  };
}

/** The site of the README, running. */
export async function siteUp(lab: Lab): Promise<TestStack> {
  const stack = await TestStack.create("dev", siteConfig(lab));
  await stack.up();
  await tunnelsUp(lab, 2);
  return stack;
}

const keptSite = (lab: Lab): string => join(labDirectory(lab.record.name), "site");

/**
 * Keeps the site of the README as it is now, the hosts and what Pulumi knows of them, for `freshSite`. A lab that somebody
 * keeps up lives through changes of what makes the site, so that nothing is kept there.
 */
export async function keepSite(lab: Lab, stack: TestStack): Promise<void> {
  if (isLasting || existsSync(keptSite(lab))) return;
  await lab.keep("site");
  stack.keep(keptSite(lab));
  await tunnelsUp(lab, 2);
}

/**
 * The site of the README, running, for tests that are not about how it gets there: a copy of the one that was kept, which
 * is made by the first that needs it.
 */
export async function freshSite(): Promise<{ lab: Lab; stack: TestStack }> {
  const lab = ownLab();
  if (existsSync(keptSite(lab))) {
    await lab.reset("site");
    const stack = await TestStack.from(keptSite(lab), "dev");
    await tunnelsUp(lab, 2);
    return { lab, stack };
  }
  await lab.reset();
  const stack = await siteUp(lab);
  await keepSite(lab, stack);
  return { lab, stack };
}

/** State of each tunnel at a host, by BFD. */
export async function tunnelStates(lab: Lab, host: "colo" | "router"): Promise<string[]> {
  const { stdout } = await lab.host(host).exec("extrudectl status");
  return stdout.split("\n").flatMap((line) => {
    const [word, tunnel, state] = line.split(" ");
    return word === "tunnel" ? [`${tunnel ?? ""} ${state ?? ""}`] : [];
  });
}

/** Waits until `count` tunnels are up at both ends. */
export async function tunnelsUp(lab: Lab, count: number, deadlineMs = 30_000): Promise<void> {
  await poll(
    `${count} tunnels up at both ends`,
    async () => {
      const states = await Promise.all([tunnelStates(lab, "colo"), tunnelStates(lab, "router")]);
      if (states.every((end) => end.filter((tunnel) => tunnel.endsWith(" Up")).length === count)) return true;
      throw new Error(states.flat().join(", "));
    },
    { deadlineMs },
  );
}

/** Waits until this tunnel is up at both ends. */
export async function tunnelUp(lab: Lab, tunnel: string, deadlineMs = 30_000): Promise<void> {
  await poll(
    `the tunnel ${tunnel} to be up at both ends`,
    async () => {
      const states = await Promise.all([tunnelStates(lab, "colo"), tunnelStates(lab, "router")]);
      if (states.every((end) => end.includes(`${tunnel} Up`))) return true;
      throw new Error(states.flat().join(", "));
    },
    { deadlineMs },
  );
}

/** Logins of the Pulumi user so far. */
export async function logins(lab: Lab, host: "colo" | "router"): Promise<number> {
  const { stdout } = await lab
    .host(host)
    .exec("journalctl -u ssh --grep 'Accepted publickey for admin' -o cat | wc -l");
  return Number(stdout);
}

/** Bytes that crossed a router's interface so far. */
export async function traffic(lab: Lab, device: string): Promise<{ in: number; out: number }> {
  const { stdout } = await lab.host("router").exec(`cd /sys/class/net/${device}/statistics && cat rx_bytes tx_bytes`);
  const [received, sent] = stdout.trim().split("\n").map(Number);
  return { in: received ?? 0, out: sent ?? 0 };
}

/** A server, on the internet if nothing else is said, that tells each client which address it is seen from. */
export async function startMirror(
  lab: Lab,
  at: "internet" | "lan" = "internet",
  port = 8080,
): Promise<{ stop: () => Promise<void> }> {
  const program = [
    "import select, socket, sys",
    "server = socket.socket()",
    "server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)",
    `server.bind(("0.0.0.0", ${port}))`,
    "server.listen(64)",
    'print("ready", flush=True)',
    "while server in select.select([server, sys.stdin], [], [])[0]:",
    "    client, peer = server.accept()",
    "    client.sendall(peer[0].encode())",
    "    client.close()",
  ].join("\n");
  let ready = false;
  const server = await lab.namespace(at).start(`exec timeout 900 python3 -c '${program}'`, {
    onStdout: () => (ready = true),
    timeoutMs: 910_000,
  });
  await poll(`the mirror at ${at} to listen`, () => ready);
  return {
    stop: async () => {
      server.finish();
      await server.ended;
    },
  };
}

/** The address that a mirror sees of a new connection from a place, or undefined if none comes about. */
export async function seenFrom(
  lab: Lab,
  place: "router" | "lan" | "internet",
  from = "",
  to = internet,
  port = 8080,
): Promise<string | undefined> {
  const source = from === "" ? "" : `, source_address=("${from}", 0)`;
  const program = `import socket; print(socket.create_connection(("${to}", ${port}), 3${source}).recv(64).decode())`;
  const { stdout, code } = await lab.place(place).exec(`python3 -c '${program}'`, { allowFailure: true });
  return code === 0 ? stdout.trim() : undefined;
}
