import { renderLink } from "./links";
import { coreName, worldNic, type NamespaceSpec, type ProviderSpec, type StationSpec, type Topology } from "./topology";

const sysctls =
  "net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0";

function network(address: string): string {
  const [ip = "", length = "32"] = address.split("/");
  const bits = ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  const base = bits - (bits % size);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${length}`;
}

/** Of an address on a /64, which is written with `::`. */
function network6(address: string): string {
  return `${address.slice(0, address.indexOf("::"))}::/64`;
}

function enter(namespace: string, lines: readonly string[]): string[] {
  return [`ip netns exec ${namespace} sh -eu <<'NS'`, ...lines, "NS"];
}

/** A namespace's end of its wire is always called `line`. */
function takeLine(namespace: NamespaceSpec): string[] {
  return [`ip link set ${worldNic(namespace)} netns ${namespace.name} name line`];
}

/** A pair to the core; the namespace's end is called `core`, the core's end like the namespace. */
function joinCore(name: string, inner: string, outer: string): string[] {
  return [
    `ip link add core netns ${name} type veth peer name ${name} netns ${coreName}`,
    `ip -n ${name} address add ${inner} dev core`,
    `ip -n ${name} link set core up`,
    `ip -n ${coreName} address add ${outer} dev ${name}`,
    `ip -n ${coreName} link set ${name} up`,
  ];
}

function provider(spec: ProviderSpec, index: number): string[] {
  const [outer, inner] = [`203.0.113.${index * 4 + 1}`, `203.0.113.${index * 4 + 2}`];
  return [
    ...takeLine(spec),
    ...joinCore(spec.name, `${inner}/30`, `${outer}/30`),
    `ip -n ${spec.name} address add ${spec.address} dev line`,
    `ip -n ${spec.name} link set line up`,
    `ip -n ${spec.name} route add default via ${outer}`,
    `ip -n ${coreName} route add ${network(spec.address)} via ${inner}`,
    ...provider6(spec, index),
    ...enter(spec.name, [`sysctl -qw ${sysctls}`, renderLink(spec, spec.defaults).replaceAll("'END'", "END")]),
  ];
}

function provider6({ name, address6, routed6 }: ProviderSpec, index: number): string[] {
  const [outer, inner] = [`2001:db8:ffff:${index}::1`, `2001:db8:ffff:${index}::2`];
  return [
    `ip -n ${name} address add ${inner}/64 dev core nodad`,
    `ip -n ${coreName} address add ${outer}/64 dev ${name} nodad`,
    `ip -n ${name} address add ${address6} dev line nodad`,
    `ip -n ${name} route add default via ${outer}`,
    `ip -n ${coreName} route add ${routed6?.prefix ?? network6(address6)} via ${inner}`,
    ...(routed6 === undefined ? [] : [`ip -n ${name} route add ${routed6.prefix} via ${routed6.to}`]),
  ];
}

function station(spec: StationSpec): string[] {
  const length = spec.address.split("/")[1] ?? "24";
  const attached = spec.wire
    ? [
        ...takeLine(spec),
        `ip -n ${spec.name} address add ${spec.address} dev line`,
        `ip -n ${spec.name} link set line up`,
      ]
    : joinCore(spec.name, spec.address, `${spec.gateway}/${length}`);
  return [...attached, `ip -n ${spec.name} route add default via ${spec.gateway}`, ...station6(spec)];
}

function station6({ name, ipv6, wire }: StationSpec): string[] {
  if (ipv6 === undefined) return [];
  return [
    `ip -n ${name} address add ${ipv6.address} dev ${wire === undefined ? "core" : "line"} nodad`,
    ...(wire === undefined ? [`ip -n ${coreName} address add ${ipv6.gateway}/64 dev ${name} nodad`] : []),
    `ip -n ${name} route add default via ${ipv6.gateway}`,
  ];
}

/** The shell program that builds the world's namespaces when its machine boots. */
export function renderWorld(topology: Topology): string {
  const { namespaces } = topology.world;
  const names = [coreName, ...namespaces.map(({ name }) => name)];
  return [
    "#!/bin/sh",
    "# Namespaces of the lab's world: providers, a rack gateway and end hosts around a core.",
    "set -eu",
    ...names.flatMap((name) => [`ip netns add ${name}`, `ip -n ${name} link set lo up`]),
    `ip netns exec ${coreName} sysctl -qw ${sysctls}`,
    ...namespaces.flatMap((spec, index) => (spec.kind === "provider" ? provider(spec, index) : station(spec))),
    "",
  ].join("\n");
}
