import { Config } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, type HostConnectionArgs, SiteUplink } from "pulumi-extrude";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };
const rack = new Host("rack", { connection: { ...config.requireObject<HostConnectionArgs>("rack"), ...login } });
const router = new Host("router", { connection: { ...config.requireObject<HostConnectionArgs>("router"), ...login } });

const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" });
const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });

const fibre = new SiteUplink("fibre", {
  ...{ colo, router, interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" },
  kind: "fibre",
});
// Its address is the provider's, behind NAT, and its bytes cost money.
const lte = new SiteUplink("lte", {
  ...{ colo, router, interface: "wwan0", address: "dynamic", nat: true },
  encapsulation: "wireguard",
  kind: "lte",
  metered: true,
});
const office = new BondedSite("office", {
  colo,
  router,
  addresses: [vpn],
  uplinks: [{ uplink: fibre }, { uplink: lte, metric: 1 }],
  // The web needs no public address of the site's own, and saves the way to the colo.
  bypass: [{ protocol: "tcp", ports: [80, 443], via: [fibre] }],
});

export const addresses = office.addresses;
