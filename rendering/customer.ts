import type { CustomerPlan } from "../planning/customers";
import type { Unit } from "./unit";

/** A customer's login on the colo's host, and what the agent takes from it. */
export function renderCustomer(customer: CustomerPlan, colo: { readonly unit: string; readonly host: string }): Unit {
  const { login, ports } = customer;
  const facts = [
    `colo ${colo.unit}`,
    ...customer.stacks.map((stack) => `stack ${stack}`),
    ...[...customer.prefixes, ...(customer.networks ?? [])].map((prefix) => `prefix ${prefix}`),
    ...(ports === undefined ? [] : [`ports ${ports.first} ${ports.last}`]),
    `units ${customer.units}`,
    `tunnels ${customer.tunnels}`,
    `changes ${customer.changesPerMinute}`,
  ];
  return {
    name: customer.unit,
    host: colo.host,
    header: [
      `claim login ${login}`,
      `require command sudo sudo`,
      `require command visudo sudo`,
      `require command useradd passwd`,
      `require login ${login}`,
      `need ${colo.unit}`,
    ],
    sections: {
      customer: facts.map((fact) => `${login} ${fact}`),
      keys: customer.keys.map((key) => `${login} ${key}`),
    },
  };
}
