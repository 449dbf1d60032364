import { Config } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, type HostConnectionArgs, SiteUplink } from "pulumi-extrude";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };
const rack = new Host("rack", { connection: { ...config.requireObject<HostConnectionArgs>("rack"), ...login } });
const router = new Host("router", { connection: { ...config.requireObject<HostConnectionArgs>("router"), ...login } });

const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" });
const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });

const dsl = new SiteUplink("dsl", { colo, router, interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" });
const cable = new SiteUplink("cable", { colo, router, interface: "eth2", address: "99.1.2.3", gateway: "99.1.2.1" });
const office = new BondedSite("office", {
  colo,
  router,
  addresses: [vpn],
  uplinks: [
    { uplink: dsl, weight: 1 },
    { uplink: cable, weight: 4 },
  ],
});

export const addresses = office.addresses;
