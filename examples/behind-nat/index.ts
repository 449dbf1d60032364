import { Config } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, type HostConnectionArgs, SiteUplink } from "pulumi-extrude";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };
const rack = new Host("rack", { connection: { ...config.requireObject<HostConnectionArgs>("rack"), ...login } });
const router = new Host("router", { connection: { ...config.requireObject<HostConnectionArgs>("router"), ...login } });

const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" });
const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });

// Both are plugged into boxes of their providers', which give the router a private address.
const behindNat = { colo, router, address: "dynamic", nat: true, encapsulation: "wireguard" } as const;
const dsl = new SiteUplink("dsl", { ...behindNat, interface: "eth1" });
const cable = new SiteUplink("cable", { ...behindNat, interface: "eth2", kind: "cable" });
const office = new BondedSite("office", {
  colo,
  router,
  addresses: [vpn],
  uplinks: [{ uplink: dsl }, { uplink: cable }],
  whenDown: "block",
});

export const addresses = office.addresses;
