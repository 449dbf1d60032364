import type { BondPlan } from "../planning/bond";
import { addressless, type DeliveryPlan, type Forward } from "../planning/delivery";
import { routePreference } from "../planning/numbers";
import { describePorts } from "../planning/ports";
import { notPrivate } from "./networks";

type Delivering = Pick<BondPlan, "delivery" | "symbol" | "networks">;

/** What of the router's own configuration goes with addresses that others hold. */
export function deliveryHeader({ delivery }: Delivering): string[] {
  return interfacesOf(delivery).map((device) => `require link ${device}`);
}

export function deliverySysctl({ delivery }: Delivering): string[] {
  // Linux waits up to 0.8 s before it answers ARP for others.
  return interfacesOf(delivery).map((device) => `net/ipv4/neigh/${device}/proxy_delay = 0`);
}

export function deliveryIp({ delivery }: Delivering): string[] {
  return interfacesOf(delivery).flatMap((device) =>
    delivery.answered.map((address) => `neigh add proxy ${address} dev ${device}`),
  );
}

function interfacesOf({ routed }: DeliveryPlan): string[] {
  return [...new Set(routed.map((one) => one.interface))];
}

/** Routes in the bond's table, where the default leads back to the colo: an address whose host is gone must not. */
export function deliveryBird({ delivery, symbol }: Delivering): string[] {
  const { routed } = delivery;
  if (routed.length === 0) return [];
  const protocol = (name: string, preference: number, routes: readonly string[]): string[] => [
    `protocol static ${symbol}_${name} {`,
    `	ipv4 { table ${symbol}; preference ${preference}; };`,
    ...routes.map((route) => `	route ${route};`),
    "}",
  ];
  return [
    ...protocol(
      "routed",
      routePreference.tier,
      routed.map(({ address, interface: device, via }) =>
        via === undefined ? `${address}/32 via "${device}"` : `${address}/32 via ${via}%'${device}'`,
      ),
    ),
    ...protocol(
      "absent",
      routePreference.unreachable,
      routed.map(({ address }) => `${address}/32 unreachable`),
    ),
  ];
}

/** Chains of the site's own table. Where a connection is translated here, the chains of later priority leave it alone. */
export function deliveryChains(plan: Delivering): string[] {
  const { delivery } = plan;
  const inward = [
    ...delivery.mapped.map(({ address, to }) => `		ip daddr ${address} dnat ip to ${to}`),
    ...delivery.forwards.map(forward),
  ];
  const outward = [
    ...delivery.mapped.map(
      ({ address, to }) => `		oifname @tunnels ip saddr ${to}${notPrivate(plan)} snat ip to ${address}`,
    ),
    // A host of the LAN that calls another by its public address is answered by the way it came.
    ...(inward.length > 0 ? ["		iifname != @tunnels iifname != @lines ct status dnat masquerade"] : []),
  ];
  return [
    ...(inward.length === 0
      ? []
      : [
          ...chain("deliver", "nat hook prerouting priority dstnat", inward),
          // By its name, dstnat is known to nft at the other hook only.
          ...chain("deliver_own", "nat hook output priority -100", inward),
          ...chain("deliver_back", "nat hook postrouting priority srcnat - 1", outward),
        ]),
    ...(delivery.source === addressless
      ? chain("addressless", "filter hook postrouting priority srcnat + 10", [
          `		oifname @lines ip saddr ${addressless} counter drop`,
        ])
      : []),
  ];
}

function chain(name: string, hook: string, rules: readonly string[]): string[] {
  return [`	chain ${name} {`, `		type ${hook}; policy accept;`, ...rules, "	}"];
}

function forward({ address, protocol, ports, to, toPort }: Forward): string {
  const target = toPort === undefined ? to : `${to}:${toPort}`;
  return `		ip daddr ${address} ${protocol} dport ${describePorts(ports)} dnat ip to ${target}`;
}
