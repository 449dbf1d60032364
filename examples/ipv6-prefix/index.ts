import { Config } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, type HostConnectionArgs, SiteUplink } from "pulumi-extrude";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };
const rack = new Host("rack", { connection: { ...config.requireObject<HostConnectionArgs>("rack"), ...login } });
const router = new Host("router", { connection: { ...config.requireObject<HostConnectionArgs>("router"), ...login } });

// The provider routes 2001:db8:77::/48 to the server.
const colo = new ColoEndpoint("toronto", {
  ...{ host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" },
  ipv6: { address: "2001:db8:7::2", gateway: "2001:db8:7::1", routed: "2001:db8:77::/48" },
});
const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
const lan = new ExtrudedAddress("lan", { colo, address: "2001:db8:77:100::/56" });

const dsl = new SiteUplink("dsl", { colo, router, interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" });
const cable = new SiteUplink("cable", { colo, router, interface: "eth2", address: "99.1.2.3", gateway: "99.1.2.1" });
const office = new BondedSite("office", {
  colo,
  router,
  addresses: [vpn, lan],
  uplinks: [{ uplink: dsl }, { uplink: cable }],
});

export const addresses = office.addresses;
