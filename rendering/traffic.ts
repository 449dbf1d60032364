import { describePorts } from "../planning/ports";
import type { Traffic } from "../planning/traffic";
import { hexadecimal } from "./marks";

/** The expression of nftables that packets have to fit; empty where all do. */
export function trafficMatch({ protocol, ports, destinations, sources, interfaces, dscp, mark }: Traffic): string[] {
  const among = (values: readonly string[]): string =>
    values.length === 1 ? (values[0] ?? "") : `{ ${values.join(", ")} }`;
  return [
    ...(interfaces === undefined ? [] : [`iifname ${among(interfaces.map((name) => `"${name}"`))}`]),
    ...(mark === undefined ? [] : [`meta mark & ${hexadecimal(mark.mask)} == ${hexadecimal(mark.value)}`]),
    ...(sources === undefined ? [] : [`ip saddr ${among(sources)}`]),
    ...(destinations === undefined ? [] : [`ip daddr ${among(destinations)}`]),
    ...(dscp === undefined ? [] : [`ip dscp ${dscp}`]),
    ...(ports === undefined || protocol === undefined
      ? protocol === undefined
        ? []
        : [`meta l4proto ${protocol}`]
      : [`${protocol} dport ${among(ports.map(describePorts))}`]),
  ];
}
