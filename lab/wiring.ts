import { createServer } from "node:net";
import { createSocket } from "node:dgram";
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
const wireOffset = 10;

export interface Ports {
  readonly control: number;
  readonly ssh: Readonly<Record<string, number>>;
  readonly wires: readonly { readonly world: number; readonly host: number }[];
}

export function portsOfBlock(topology: Topology, control: number): Ports {
  const ssh = Object.fromEntries(hostNames(topology).map((name, index) => [name, control + 1 + index]));
  const wires = wiredNamespaces(topology).map((_, index) => ({
    world: control + wireOffset + 2 * index,
    host: control + wireOffset + 2 * index + 1,
  }));
  return { control, ssh, wires };
}

function wiredNamespaces(topology: Topology): { nic: string; host: string; hostNic: string }[] {
  return topology.world.namespaces.flatMap((namespace) =>
    namespace.wire ? [{ nic: worldNic(namespace), host: namespace.wire.host, hostNic: namespace.wire.nic }] : [],
  );
}

function freeUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      resolve(false);
    });
    socket.bind({ address: "127.0.0.1", port, exclusive: true }, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
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
    const udp = await Promise.all(ports.wires.flatMap(({ world, host }) => [world, host]).map(freeUdp));
    if ([...tcp, ...udp].every(Boolean) && (await claim(ports.control))) return ports;
  }
  const last = firstPort + blocks * blockSize - 1;
  throw new Error(`No free block of loopback ports from ${firstPort} to ${last}: take down labs that are not in use.`);
}

function wireOf(topology: Topology, ports: Ports, host: string, nic: string): WireEnd {
  const index = wiredNamespaces(topology).findIndex((wire) =>
    host === worldName ? wire.nic === nic : wire.host === host && wire.hostNic === nic,
  );
  const pair = ports.wires[index];
  if (!pair) throw new Error(`${host}: the card ${nic} is on no wire of the topology ${topology.name}.`);
  return host === worldName
    ? { localPort: pair.world, remotePort: pair.host }
    : { localPort: pair.host, remotePort: pair.world };
}

export interface MachineFiles {
  readonly image: Image;
  readonly disk: string;
  readonly console: string;
}

/** The virtual hardware of one machine of a lab; the same for the snapshot and for every lab restored from it. */
export function machineSpec(topology: Topology, host: string, ports: Ports, files: MachineFiles): MachineSpec {
  const hostIndex = hostNames(topology).indexOf(host);
  const nics = nicsOf(topology, host).map((nic, index): MachineNic => {
    const sshPort = ports.ssh[host] ?? 0;
    const wire = nic.name === "mgmt0" ? { sshPort } : wireOf(topology, ports, host, nic.name);
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
