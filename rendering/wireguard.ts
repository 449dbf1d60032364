import { familyOf } from "../planning/addresses";
import type { WireguardTransport } from "../planning/transport";
import type { UplinkPlan } from "../planning/uplink";
import { hexadecimal } from "./marks";

/** Everything may travel inside: the colo checks sources by nftables, for all encapsulations alike. */
const anywhere = "allowed-ips 0.0.0.0/0,::/0";

/** A line of the agent's [wireguard] section: `wg set`, with the private key by the name under which it follows. */
function device(tunnel: string, own: readonly string[], peer: readonly string[]): string {
  return [tunnel, ...own, `private-key secret:${tunnel}`, ...peer].join(" ");
}

/** The colo learns where the site is from what arrives, or begins itself where it can know. */
export function wireguardAtColo(
  { tunnel }: UplinkPlan,
  { port, siteAddress }: WireguardTransport,
  siteKey: string,
): string {
  const endpoint = siteAddress === undefined ? [] : [`endpoint ${bracketed(siteAddress)}:${port}`];
  return device(tunnel, [`listen-port ${port}`], [`peer ${siteKey}`, ...endpoint, anywhere]);
}

export function wireguardAtSite(
  { tunnel, colo }: UplinkPlan,
  { port, mark, keepalive }: WireguardTransport,
  coloKey: string,
): string {
  return device(
    tunnel,
    [`listen-port ${port}`, `fwmark ${hexadecimal(mark)}`],
    [
      `peer ${coloKey}`,
      `endpoint ${bracketed(colo.address)}:${port}`,
      ...(keepalive === undefined ? [] : [`persistent-keepalive ${keepalive}`]),
      anywhere,
    ],
  );
}

/** An address before a colon and a port. */
function bracketed(address: string): string {
  return familyOf(address) === "ipv6" ? `[${address}]` : address;
}
