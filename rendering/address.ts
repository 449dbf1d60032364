import type { AddressPlan } from "../planning/address";
import { asPrefix, familyOf } from "../planning/addresses";
import { fallbackMetric } from "../planning/numbers";
import type { Unit } from "./unit";

export function renderAddress(plan: AddressPlan): Unit {
  const { address, colo } = plan;
  const proxied = plan.acquire !== "routed";
  const family = familyOf(address) === "ipv6" ? "-6 " : "";
  return {
    name: plan.unit,
    host: plan.host,
    header: [`claim address ${address}`, `need ${colo.unit}`],
    sections: {
      ip: [
        // The kernel answers ARP only for what it routes elsewhere: this route is there when no tunnel is. And what comes
        // in for a dead site does not go back to the gateway, which would return it.
        `${family}route add ${asPrefix(address)?.text ?? address} dev ${colo.names.fallback} table ${colo.names.table} metric ${fallbackMetric}`,
        ...(proxied ? [`${family}neigh add proxy ${address} dev ${colo.interface}`] : []),
      ],
      announce: proxied ? [`${address} ${colo.interface}`] : [],
    },
  };
}
