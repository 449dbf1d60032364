import { Config } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "pulumi-extrude";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };

const coloAddress = config.require("coloAddress");
const rack = new Host("rack", {
  connection: { host: coloAddress, hostKey: config.require("coloHostKey"), ...login },
});
const router = new Host("router", {
  connection: { host: config.require("routerAddress"), hostKey: config.require("routerHostKey"), ...login },
});

const colo = new ColoEndpoint("colo", {
  host: rack,
  address: coloAddress,
  interface: config.require("coloInterface"),
  gateway: config.require("coloGateway"),
});
const address = new ExtrudedAddress("address", { colo, address: config.require("extrudedAddress") });

// WireGuard takes lines as they are: with addresses that change, and behind NAT.
const lines = config.require("lines").split(",");
const uplinks = lines.map((line) => {
  const device = line.trim();
  return new SiteUplink(device, {
    ...{ colo, router, interface: device, address: "dynamic" },
    encapsulation: "wireguard",
  });
});
const site = new BondedSite("site", {
  colo,
  router,
  addresses: [address],
  uplinks: uplinks.map((uplink) => ({ uplink })),
});

export const addresses = site.addresses;
