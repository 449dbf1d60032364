import { Config } from "@pulumi/pulumi";
import { ColoEndpoint, exportColo, Host, type HostConnectionArgs } from "pulumi-extrude";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };
const rack = new Host("rack", { connection: { ...config.requireObject<HostConnectionArgs>("rack"), ...login } });
const colo = new ColoEndpoint("toronto", {
  ...{ host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" },
  customers: {
    bakery: {
      keys: [config.require("bakeryKey")],
      stacks: ["organization/customer/bakery"],
      prefixes: ["77.1.2.16/28"],
    },
    forge: { keys: [config.require("forgeKey")], stacks: ["organization/customer/forge"], prefixes: ["77.1.2.32/28"] },
  },
});

/** For stacks that are root on the colo's host: ../portal. */
export const toronto = exportColo(colo);
export const bakery = exportColo(colo, { customer: "bakery" });
export const forge = exportColo(colo, { customer: "forge" });
