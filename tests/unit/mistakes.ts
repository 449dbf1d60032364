import type { ProblemCode } from "../../library";
import { customerMistakes } from "./customer-mistakes";
import { keyMistakes } from "./key-mistakes";
import { address, bond, cable, colo, delivery, dsl, host, line, type Mistake, reached } from "./mistakes-fixture";
import { toronto, uplink, vpn, web, within } from "./mistakes-fixture";

const berlin = within("colo", "berlin");
const inside = { ...toronto, prefix: "77.1.2.0/29" };
const noHost = { host: "77.1.2.2" };

const ofAddresses = {
  "address-invalid": address("address", '"77.1.2.256"', { address: "77.1.2.256" }),
  "address-outside-prefix": address("address", "77.1.2.8", { colo: inside, address: "77.1.2.8" }),
  "address-is-colo": address("address", "77.1.2.2", { address: "77.1.2.2" }),
  "address-is-gateway": address("address", "77.1.2.1", { address: "77.1.2.1" }),
  "address-is-network": address("address", "77.1.2.0", { address: "77.1.2.0" }),
  "address-is-broadcast": address("address", "77.1.2.7", { colo: inside, address: "77.1.2.7" }),
  "acquisition-unfit": address("acquire", '"proxy-ndp"', { acquire: "proxy-ndp" }),
  "colo-without-ipv6": address("address", "2001:db8:77::3", { address: "2001:db8:77::3" }),
  "prefix-invalid": colo("prefix", '"77.1.2.2/24"', { prefix: "77.1.2.2/24" }),
  "gateway-outside-prefix": colo("gateway", "77.1.3.1", { gateway: "77.1.3.1" }),
};

const ofHosts = {
  "unit-name-ambiguous": host("unitName", "acme/net/prod/host/a or acme/net/prod/host/b", {
    options: { aliases: [{ name: "a" }, { name: "b" }] },
  }),
  "host-key-missing": host("connection.hostKey", undefined, { connection: { ...noHost, agentSocketPath: "/agent" } }),
  "credential-missing": reached("connection", undefined, { agentSocketPath: undefined }),
  "host-invalid": reached("connection.host", '"rack one"', { host: "rack one" }),
  "port-invalid": reached("connection.port", "65536", { port: 65_536 }),
  "user-invalid": reached("connection.user", '"-l"', { user: "-l" }),
  "metrics-directory-invalid": host("metrics", '"/var/lib/../etc"', { metrics: "/var/lib/../etc" }),
};

const ofUplinks = {
  "interface-invalid": uplink("interface", '"eth0:1"', { interface: "eth0:1" }),
  "name-invalid": uplink("name", '"dsl 1"', {}, "dsl 1"),
  "mtu-invalid": uplink("mtu", "1303", { mtu: 1303 }),
  "encapsulation-unfit": uplink("encapsulation", '"gre"', { address: "dynamic", gateway: undefined }),
  "argument-unused": uplink("keyVersion", '"gre"', { keyVersion: 2 }),
  "tunnel-port-invalid": uplink("port", "65536", { encapsulation: "wireguard", port: 65_536 }),
  "rate-invalid": uplink("rate.up", "0", { rate: { up: 0 } }),
  "shape-without-rate": uplink("rate", undefined, { shape: true }),
  "detection-invalid": uplink("detection.interval", "49", { detection: { interval: 49 } }),
  "choice-invalid": uplink("encapsulation", '"carrier-pigeon"', { encapsulation: "carrier-pigeon" }),
  "reference-invalid": uplink("colo.unit", '"toronto"', { colo: { ...toronto, unit: "toronto" } }),
  "tunnel-to-itself": uplink("address", "77.1.2.2", { address: "77.1.2.2" }),
};

const toPrivate = { as: "one-to-one", to: "192.168.1.5" };
const forward = { protocol: "tcp", ports: 80, to: "192.168.1.5" };

const ofDeliveries = {
  "delivery-of-other-address": delivery("address", '"77.1.2.4"', { address: web }),
  "delivery-unfit": delivery("interface", '"routed"', { as: "routed" }),
  "delivery-to-itself": delivery("to", "77.1.2.3", { as: "one-to-one", to: "77.1.2.3" }),
  "delivery-to-same": bond("deliveries[1].to", "192.168.1.5", {
    addresses: [vpn, web],
    deliveries: [vpn, web].map((one) => ({ address: one, ...toPrivate })),
  }),
  "forward-overlaps": delivery("forwards[1].ports", "80", { forwards: [forward, forward] }),
  "interface-is-line": delivery("interface", "eth1", { as: "routed", interface: "eth1" }),
  "ports-invalid": delivery("forwards[0].ports", '"80-"', { forwards: [{ ...forward, ports: "80-" }] }),
};

const ofPolicies = {
  "traffic-without-ports": bond("bypass[0].ports", "icmp", { bypass: [{ protocol: "icmp", ports: [80] }] }),
  "dscp-invalid": bond("block[0].dscp", "64", { block: [{ dscp: 64 }] }),
  "mark-invalid": bond("block[0].mark", '"0x1/0x1"', { block: [{ mark: "0x1/0x1" }] }),
  "list-empty": bond("bypass[0].via", undefined, { bypass: [{ via: [] }] }),
  "policy-contradiction": bond("bypass[1]", "bypass[0]", {
    bypass: [{ protocol: "tcp" }, { protocol: "tcp", ports: [80] }],
  }),
  "bypass-via-unknown": bond("bypass[0].via[0]", '"lte"', { bypass: [{ via: [line("lte")] }] }),
  "bypass-shared-interface": bond("bypass", undefined, {
    bypass: [{}],
    uplinks: [{ uplink: dsl }, { uplink: line("second", { interface: "eth1", address: "55.1.2.4" }) }],
  }),
};

const torontoOfBakery = { ...toronto, networks: { bakery: ["10.1.0.0/16"] } };

const ofBonds = {
  "unit-name-taken": {
    ...bond("unitName", within("bond", "office"), {}, "office"),
    make: (): void => {
      bond("", undefined, {}).make();
      bond("", undefined, { unitName: "office" }, "annex").make();
    },
  },
  "weight-invalid": bond("uplinks[1].weight", "257", { uplinks: [{ uplink: dsl }, { uplink: cable, weight: 257 }] }),
  "metric-invalid": bond("uplinks[0].metric", "16", { uplinks: [{ uplink: dsl, metric: 16 }] }),
  "balance-too-many-lines": bond("balance", '"packet"', {
    balance: "packet",
    uplinks: ["dsl", "cable", "lte", "sat", "fibre"].map((name) => ({ uplink: line(name) })),
  }),
  "packet-without-rates": bond("balance", '"packet"', { balance: "packet" }),
  "damping-invalid": bond("damping.most", "5", { damping: { first: 10, most: 5 } }),
  "quality-invalid": bond("quality.returnLoss", "10", { quality: { loss: 10, returnLoss: 10 } }),
  "hold-invalid": bond("hold", "0", { hold: 0 }),
  "tier-without-member": bond("uplinks", undefined, { uplinks: [{ uplink: dsl, drain: true }] }),
  "network-not-private": colo("networks.bakery[1]", "11.0.0.0/8", {
    networks: { bakery: ["10.1.0.0/16", "11.0.0.0/8"] },
  }),
  "network-not-given": bond("networks[0]", "10.2.0.0/24", { colo: torontoOfBakery, networks: ["10.2.0.0/24"] }),
  "network-overlaps": bond("networks[1]", "10.1.1.0/24", {
    colo: torontoOfBakery,
    networks: ["10.1.0.0/20", "10.1.1.0/24"],
  }),
  "bond-without-uplink": bond("uplinks", undefined, { uplinks: [] }),
  "bond-without-address": bond("addresses", undefined, { addresses: [] }),
  "bond-duplicate-line": bond("uplinks[1].uplink", "55.1.2.3 on eth1", {
    uplinks: [dsl, { ...dsl, name: "second", unit: within("uplink", "second") }].map((one) => ({ uplink: one })),
  }),
  "duplicate-name": bond("uplinks[2].uplink", '"dsl"', {
    uplinks: [cable, dsl, line("sat", { name: "dsl" })].map((one) => ({ uplink: one })),
  }),
  "duplicate-address": bond("addresses[1]", "77.1.2.3", { addresses: [vpn, { ...web, address: "77.1.2.3" }] }),
  "address-of-other-colo": bond("addresses[1]", "77.1.2.4", { addresses: [vpn, { ...web, coloUnit: berlin }] }),
  "uplink-of-other-colo": bond("uplinks[0].uplink", berlin, { uplinks: [{ uplink: { ...dsl, coloUnit: berlin } }] }),
  "uplink-of-other-router": bond("uplinks[0].uplink", "warehouse", {
    uplinks: [{ uplink: { ...dsl, routerName: "warehouse" } }],
  }),
};

/** One mistake per entry of the catalogue. A code without one does not compile. */
export const mistakes: Record<ProblemCode, Mistake> = {
  ...ofAddresses,
  ...ofHosts,
  ...ofUplinks,
  ...keyMistakes,
  ...ofDeliveries,
  ...ofPolicies,
  ...ofBonds,
  ...customerMistakes,
};
