import { Config, getStack, StackReference } from "@pulumi/pulumi";
import { BondedSite, coloFrom, ExtrudedAddress, Host, type HostConnectionArgs, SiteUplink } from "pulumi-extrude";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };
const router = new Host("router", { connection: { ...config.requireObject<HostConnectionArgs>("router"), ...login } });

// The stack is named as the customer is, and so is the output for it. The contract brings the customer's login.
const provider = new StackReference(config.require("provider"));
const colo = coloFrom(provider, getStack(), {
  connection: { ...config.requireObject<HostConnectionArgs>("rack"), ...login },
});
const vpn = new ExtrudedAddress("vpn", { colo, address: config.require("address") });
const dsl = new SiteUplink("dsl", { colo, router, interface: "ppp0", address: "dynamic", encapsulation: "wireguard" });
const site = new BondedSite("site", { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl }] });

export const addresses = site.addresses;
