import { StackReference } from "@pulumi/pulumi";
import { coloFrom, exportColo, ExtrudedAddress } from "../../library";
import { hostKey } from "./components-fixture";
import { customers } from "./customer-fixture";
import { address, colo, type Mistake, type Mistakes, toronto, uplink, within } from "./mistakes-fixture";

const { alpha } = customers;
const ofAlpha = { login: "extrude-alpha", stacks: ["acme/net"], prefixes: ["77.1.2.16/28"] };
const contract = { extrude: "colo", version: 1, ...toronto, host: "rack" };

/** A colo with one customer, of whom something is wrong. */
const customer = (argument: string, value: string, over: object): Mistake =>
  colo(`customers.alpha.${argument}`, value, { customers: { alpha: { ...alpha, ...over } } });

/** A program that takes its colo from the output of another stack. */
function fromStack(argument: string, value: string | undefined, output: unknown, user?: string): Mistake {
  const connection = { host: "77.1.2.2", hostKey, agentSocketPath: "/agent", user };
  return {
    ...{ component: within("address", "vpn"), argument, value, outputs: { toronto: output } },
    make: () => {
      const taken = coloFrom(new StackReference("acme/net/prod"), "toronto", { connection });
      new ExtrudedAddress("vpn", { colo: taken, address: "77.1.2.17" });
    },
  };
}

export const customerMistakes = {
  "contract-missing": fromStack('output "toronto" of acme/net/prod', undefined, undefined),
  "contract-invalid": fromStack('output "toronto" of acme/net/prod', "acme/other/prod", {
    ...contract,
    unit: "acme/other/prod/colo/toronto",
  }),
  "contract-version": fromStack('output "toronto" of acme/net/prod', "version 2", { ...contract, version: 2 }),
  "customer-name-invalid": colo("customers.Alpha", '"Alpha"', { customers: { Alpha: alpha } }),
  "customer-key-invalid": customer("keys[0]", "command=", { keys: ['command="sh" ssh-ed25519 AAAA'] }),
  "customer-stack-invalid": customer("stacks[0]", '"alpha/"', { stacks: ["alpha/"] }),
  "customer-stacks-overlap": customer("stacks[0]", "acme/net", { stacks: ["acme/net"] }),
  "customer-prefixes-overlap": colo("customers.beta.prefixes[0]", "77.1.2.20", {
    customers: { alpha, beta: { ...alpha, stacks: ["beta"], prefixes: ["77.1.2.20"] } },
  }),
  "customer-limit-invalid": customer("units", "0", { units: 0 }),
  "customer-unknown": {
    ...{ component: "exportColo", argument: "customer", value: '"beta"' },
    make: () => exportColo(toronto, { customer: "beta" }),
  },
  "customer-login-other": fromStack("coloFrom connection.user", '"admin"', { ...contract, customer: ofAlpha }, "admin"),
  "address-of-other-customer": address("address", "77.1.2.32", {
    ...{ colo: { ...toronto, customer: ofAlpha }, address: "77.1.2.32" },
  }),
  "unit-of-other-customer": uplink("colo", "alpha", {
    colo: { ...toronto, customer: { ...ofAlpha, stacks: ["alpha"] } },
  }),
} satisfies Mistakes;
