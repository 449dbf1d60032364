import type { AddressPlan } from "../planning/address";
import { fallbackMetric } from "../planning/numbers";
import type { Unit } from "./unit";

export function renderAddress(plan: AddressPlan): Unit {
  const { address, colo } = plan;
  const proxied = plan.acquire === "proxy-arp";
  return {
    name: plan.unit,
    host: plan.host,
    header: [`claim address ${address}`, `need ${colo.unit}`],
    sections: {
      ip: [
        // The kernel answers ARP only for what it routes elsewhere: this route is there when no tunnel is.
        `route add ${address}/32 dev ${colo.names.fallback} table ${colo.names.table} metric ${fallbackMetric}`,
        ...(proxied ? [`neigh add proxy ${address} dev ${colo.interface}`] : []),
      ],
      announce: proxied ? [`${address} ${colo.interface}`] : [],
    },
  };
}
