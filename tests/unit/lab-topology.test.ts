import { topologies, topologyNamed } from "../../lab/topologies";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lab/paths";
import { qemuArguments } from "../../lab/machine";
import { nicsOf } from "../../lab/seed";
import { hostNames, type Topology, worldName } from "../../lab/topology";
import { machineSpec, portsOfBlock } from "../../lab/wiring";
import { renderWorld } from "../../lab/world";

const files = {
  image: { disk: "d", kernel: "k", initrd: "i", digest: "" },
  disk: "disk",
  console: "log",
  wires: "/wires",
};

describe.each(topologies.map((topology) => [topology.name, topology] as const))(
  "topology %s",
  (name, topology: Topology) => {
    test("has a picture that shows every host, namespace and address", () => {
      const path = join(packageRoot, "lab", "topologies", name, topology.picture);
      expect(existsSync(path)).toBe(true);
      const picture = readFileSync(path, "utf8");
      const addresses = [...topology.hosts.flatMap(({ nics }) => nics), ...topology.world.namespaces].map(
        ({ address }) => address.split("/")[0] ?? "",
      );
      const names = [...hostNames(topology), ...topology.world.namespaces.map((namespace) => namespace.name)];
      for (const word of [...addresses, ...names]) expect(picture).toContain(word);
    });

    test("every card is at exactly one end of one wire", () => {
      const cards = topology.hosts.flatMap((host) => host.nics.map((nic) => `${host.name} ${nic.name}`));
      const ends = topology.world.namespaces.flatMap(({ wire }) => (wire ? [`${wire.host} ${wire.nic}`] : []));
      expect([...ends].sort()).toEqual([...cards].sort());
    });

    test("the two ends of a wire meet at one socket, where the world connects, and no port is used twice", () => {
      const ports = portsOfBlock(topology, 30_000);
      const ends = hostNames(topology).flatMap((host) =>
        machineSpec(topology, host, ports, files).nics.flatMap(({ wire }) => ("sshPort" in wire ? [] : [wire])),
      );
      for (const { path, listens } of ends) expect(ends).toContainEqual({ path, listens: !listens });
      const connecting = machineSpec(topology, worldName, ports, files).nics.map(({ wire }) => wire);
      expect(connecting.every((wire) => "sshPort" in wire || !wire.listens)).toBe(true);
      expect(new Set(ends.map(({ path }) => path)).size).toBe(ends.length / 2);
      const used = [ports.control, ...Object.values(ports.ssh)];
      expect(new Set(used).size).toBe(used.length);
      expect(Math.max(...used)).toBeLessThan(30_050);
    });

    test("interface names fit the kernel", () => {
      for (const host of hostNames(topology)) {
        for (const nic of nicsOf(topology, host)) expect(nic.name).toMatch(/^[a-z][a-z0-9-]{0,14}$/);
      }
    });

    test("the world's program", () => {
      expect(renderWorld(topology)).toMatchSnapshot();
    });

    test("a machine's management link is QEMU's own network, restricted, and on loopback only", () => {
      for (const host of hostNames(topology)) {
        const text = qemuArguments(machineSpec(topology, host, portsOfBlock(topology, 30_000), files)).join(" ");
        expect(text).toMatch(/user,id=mgmt0,restrict=on,ipv6=off,hostfwd=tcp:127\.0\.0\.1:\d+-:22/);
        expect(text).not.toMatch(/socket,|udp=|addr\.type=inet/);
      }
    });
  },
);

test("an unknown topology is refused with the known ones", () => {
  expect(() => topologyNamed("moon")).toThrow('There is no topology "moon". Known: two-lines');
});
