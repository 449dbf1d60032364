import { planAddress } from "../../planning/address";
import { planColo } from "../../planning/colo";
import { checkKnownCustomer, checkLogin, type CustomerArguments } from "../../planning/customers";
import { type Planned, planned } from "../../planning/planned";
import type { ProblemCode } from "../../planning/problems";
import { planUplink } from "../../planning/uplink";
import type { Mistake } from "./certificate-mistakes";
import { customers } from "./customer-fixture";
import { addressArguments, coloArguments, toronto, uplinkArguments } from "./fixtures";

const alpha = customers.alpha;
const withCustomers = (given: Record<string, CustomerArguments>): Planned<unknown> =>
  planColo(coloArguments({ customers: given }));
const ofCustomer = {
  ...toronto,
  customer: { login: "extrude-alpha", stacks: ["acme/net"], prefixes: ["77.1.2.16/28"] },
};
const nothing = (): { plan: undefined; sentences: string[] } => ({ plan: undefined, sentences: [] });

export const customerMistakes = {
  "customer-name-invalid": { argument: "customers.Alpha", make: () => withCustomers({ Alpha: alpha }) },
  "customer-key-invalid": {
    argument: "customers.alpha.keys[0]",
    make: () => withCustomers({ alpha: { ...alpha, keys: ['command="sh" ssh-ed25519 AAAA'] } }),
  },
  "customer-stack-invalid": {
    argument: "customers.alpha.stacks[0]",
    make: () => withCustomers({ alpha: { ...alpha, stacks: ["alpha/"] } }),
  },
  "customer-stacks-overlap": {
    argument: "customers.alpha.stacks[0]",
    make: () => withCustomers({ alpha: { ...alpha, stacks: ["acme/net"] } }),
  },
  "customer-prefixes-overlap": {
    argument: "customers.beta.prefixes[0]",
    make: () => withCustomers({ alpha, beta: { ...alpha, stacks: ["beta"], prefixes: ["77.1.2.20"] } }),
  },
  "customer-limit-invalid": {
    argument: "customers.alpha.units",
    make: () => withCustomers({ alpha: { ...alpha, units: 0 } }),
  },
  "customer-unknown": {
    argument: "customer",
    make: () => planned([checkKnownCustomer("x", "beta", ["alpha"])].flat(), nothing),
  },
  "customer-login-other": {
    argument: "connection.user",
    make: () => planned(checkLogin("admin", "extrude-alpha"), nothing),
  },
  "address-of-other-customer": {
    argument: "address",
    make: () => planAddress(addressArguments({ colo: ofCustomer, address: "77.1.2.32" })),
  },
  "unit-of-other-customer": {
    argument: "colo",
    make: () =>
      planUplink(uplinkArguments({ colo: { ...ofCustomer, customer: { ...ofCustomer.customer, stacks: ["alpha"] } } })),
  },
} satisfies Partial<Record<ProblemCode, Mistake>>;
