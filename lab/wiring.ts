import { createServer } from "node:net";
import { join } from "node:path";
import type { Image } from "./image";
import type { MachineNic, MachineSpec, WireEnd } from "./machine";
import { macOf, nicsOf } from "./seed";
import { hostNames, worldName, worldNic, type Topology } from "./topology";

/**
 * A lab's ports are one block below the range from which the kernel hands out ports by itself. The first port of the
 * block is where its owner listens: holding it is holding the block, and no crash can leave it taken.
 */
const firstPort = 21_000;
const blockSize = 50;
const blocks = 200;

export interface Ports {
  readonly control: number;
  readonly ssh: Readonly<Record<string, number>>;
}

export function portsOfBlock(topology: Topology, control: number): Ports {
  const ssh = Object.fromEntries(hostNames(topology).map((name, index) => [name, control + 1 + index]));
  return { control, ssh };
}

function wiredNamespaces(topology: Topology): { nic: string; host: string; hostNic: string }[] {
  return topology.world.namespaces.flatMap((namespace) =>
    namespace.wire ? [{ nic: worldNic(namespace), host: namespace.wire.host, hostNic: namespace.wire.nic }] : [],
  );
}

function freeTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** The control port of a block that is free as a whole, once `claim` has succeeded in listening on it. */
export async function claimPorts(topology: Topology, claim: (port: number) => Promise<boolean>): Promise<Ports> {
  for (let block = 0; block < blocks; block++) {
    const ports = portsOfBlock(topology, firstPort + block * blockSize);
    const tcp = await Promise.all(Object.values(ports.ssh).map(freeTcp));
    if (tcp.every(Boolean) && (await claim(ports.control))) return ports;
  }
  const last = firstPort + blocks * blockSize - 1;
  throw new Error(`No free block of loopback ports from ${firstPort} to ${last}: take down labs that are not in use.`);
}

/** unix(7): what a socket's path may have, with the byte that ends it. */
const longestPath = 107;

/**
 * A wire's end. The world connects: a QEMU that has connected goes on while nobody takes its frames, as of a host that
 * boots; one that has listened waits (7.2, net/stream.c), with all of its machine.
 */
function wireOf(topology: Topology, directory: string, host: string, nic: string): WireEnd {
  const index = wiredNamespaces(topology).findIndex((wire) =>
    host === worldName ? wire.nic === nic : wire.host === host && wire.hostNic === nic,
  );
  if (index < 0) throw new Error(`${host}: the card ${nic} is on no wire of the topology ${topology.name}.`);
  const path = join(directory, `wire${index}`);
  if (Buffer.byteLength(path) > longestPath) {
    throw new Error(
      `${path} is too long for a socket: give the lab a shorter --name, or set XDG_CACHE_HOME to a shorter folder.`,
    );
  }
  return { path, listens: host !== worldName };
}

export interface MachineFiles {
  readonly image: Image;
  readonly disk: string;
  readonly console: string;
  /** The folder in which wires meet. */
  readonly wires: string;
}

/** The virtual hardware of one machine of a lab; the same for the snapshot and for every lab restored from it. */
export function machineSpec(topology: Topology, host: string, ports: Ports, files: MachineFiles): MachineSpec {
  const hostIndex = hostNames(topology).indexOf(host);
  const nics = nicsOf(topology, host).map((nic, index): MachineNic => {
    const sshPort = ports.ssh[host] ?? 0;
    const wire = nic.name === "mgmt0" ? { sshPort } : wireOf(topology, files.wires, host, nic.name);
    return { name: nic.name, mac: macOf(hostIndex, index), wire };
  });
  const spec = topology.hosts.find(({ name }) => name === host) ?? topology.world;
  return {
    name: host,
    memoryMb: spec.memoryMb,
    kernel: files.image.kernel,
    initrd: files.image.initrd,
    disk: files.disk,
    console: files.console,
    nics,
  };
}
