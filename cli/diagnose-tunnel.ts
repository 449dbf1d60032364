import { familyOf } from "../planning/addresses";
import { type Encapsulation, underlayMtu } from "../planning/encapsulation";
import type { LineReading, TunnelReading, UnitReading } from "../rendering/reading";
import type { Answer } from "./ask";
import type { Facts, Probed } from "./facts";
import { type Finding, finding, type FindingCode, onHost } from "./findings";
import type { StackHost } from "./state";

/** What a filter would have to let pass. */
function protocolOf(encapsulation: Encapsulation, line: LineReading): string {
  switch (encapsulation) {
    case "gre":
      return "GRE (IP protocol 47)";
    case "gre-ipsec":
    case "ipsec":
      return `IPsec (UDP port ${line.port ?? "unknown"}, ESP)`;
    case "wireguard":
      return `WireGuard (UDP port ${line.port ?? "unknown"})`;
  }
}

/** Five a second, in the time in which both ends count. */
const pingsOfLine = 15;

/** One end of a tunnel, on a host that has answered. */
export interface End {
  readonly host: string;
  readonly unit: UnitReading;
  readonly tunnel: TunnelReading;
  readonly facts: Facts;
  readonly probed: Probed;
}

/** The end at the site. */
export interface SiteEnd extends End {
  readonly line: LineReading;
}

/** What a host is to try: each line's way to the other end, and its gateway. Nothing for a host without tunnels. */
export function probesOf({ units }: StackHost): string {
  const tunnels = units.flatMap(({ tunnel }) => (tunnel === undefined ? [] : [tunnel]));
  if (tunnels.length === 0) return "";
  const tries = tunnels.flatMap((tunnel) => {
    if (tunnel.line === undefined) return [];
    const { gateway, device } = tunnel.line;
    const path = `path ${pathOf(tunnel.line)} ${lineMtu(tunnel, tunnel.line)}`;
    const times = `times ${device} ${tunnel.line.remote} ${pingsOfLine}`;
    return [path, times, ...(gateway === undefined ? [] : [`gateway ${device} ${gateway}`])];
  });
  return `${[...tries, "counters"].join("\n")}\n`;
}

/** What the tunnel takes for granted of its line. */
function lineMtu({ encapsulation, mtu }: TunnelReading, { remote }: LineReading): number {
  return underlayMtu(encapsulation, mtu, familyOf(remote));
}

/** Where a line's packets go from and to, as probes name it. */
export function pathOf({ device, local, remote }: LineReading): string {
  return `${device} ${local ?? device} ${remote}`;
}

/** A tunnel by its two ends; there is none at a colo that has not answered. */
export interface Tunnel {
  readonly site: SiteEnd;
  readonly colo: End | undefined;
}

export function tunnelsOf(answers: readonly Answer[]): Tunnel[] {
  const ends = answers.flatMap(({ host, facts, probed }) =>
    host.units.flatMap((unit): End[] => {
      const { tunnel } = unit;
      if (tunnel === undefined || facts === undefined || probed === undefined) return [];
      return [{ host: host.name, unit, tunnel, facts, probed }];
    }),
  );
  return ends.flatMap((end) => {
    const { line } = end.tunnel;
    if (line === undefined) return [];
    const colo = ends.find((each) => each.unit.name === end.unit.name && each !== end);
    return [{ site: { ...end, line }, colo }];
  });
}

/** What is wrong with each tunnel, found from below: the line, the way, its size, the encapsulation, the tunnel itself. */
export function diagnoseTunnels(answers: readonly Answer[]): Finding[] {
  return tunnelsOf(answers).flatMap(diagnoseTunnel);
}

function diagnoseTunnel({ site, colo }: Tunnel): Finding[] {
  const { host, unit, tunnel, line, probed } = site;
  const find = (code: FindingCode, text: string, fix: string): Finding => finding(code, host, text, fix);
  const name = unit.name.slice(unit.name.lastIndexOf("/") + 1);
  const isUp = [site, colo].every((end) => end === undefined || end.facts.tunnels[tunnel.interface] === "Up");
  const passing = probed.paths[pathOf(line)] ?? 0;
  const { device, remote } = line;
  const local = line.local ?? device;
  // A line whose card or address is missing has been found already.
  if (site.facts.requirements.some((each) => each.unit === unit.name)) return [];
  if (probed.links[device]?.hasCarrier !== true) {
    const plug = onHost(host, `plug the line in; or: sudo ip link set ${device} up`);
    return [find("carrier-missing", `${name}: ${device} has no carrier.`, plug)];
  }
  if (passing === 0 && isUp) return [unmeasured(site, name)];
  // Without its rules, a line's packets take another way.
  if (passing === 0) return isTorn(site) ? [] : [deadPath(site, name)];
  const assumed = lineMtu(tunnel, line);
  const measured = `${name}: the largest packet that gets from ${local} to ${remote} has ${passing} bytes, not ${assumed}.`;
  const fix = `mtu: ${passing} for the uplink ${name}, then: pulumi up`;
  const size = passing < assumed ? [find("mtu-too-large", measured, fix)] : [];
  const notes = [...size, ...espFiltered(site, name)];
  return isUp ? notes : [...notes, ...dead(site, colo, name)];
}

function espFiltered({ host, tunnel, facts, line }: SiteEnd, name: string): Finding[] {
  if (!facts.encapsulated.includes(tunnel.interface)) return [];
  const text = `${name}: ESP does not get from ${line.local ?? line.device} to ${line.remote} and back, so it travels in UDP.`;
  const fix = `nothing; udpEncapsulation: always for the uplink ${name} spares it the attempt at each boot`;
  return [finding("esp-filtered", host, text, fix)];
}

function unmeasured({ host, line }: SiteEnd, name: string): Finding {
  const { device, local = device, remote } = line;
  const text = `${name}: ${remote} does not answer pings from ${local}, so the line's MTU could not be measured.`;
  const fix = onHost(host, `ping -M do -s 1472 -I ${device} ${remote}, once ICMP echo passes`);
  return finding("mtu-unknown", host, text, fix);
}

function deadPath({ host, line, probed }: SiteEnd, name: string): Finding {
  const { device, local = device, remote, gateway } = line;
  if (gateway !== undefined && probed.gateways[`${device} ${gateway}`] !== true) {
    const text = `${name}: the gateway ${gateway} does not answer on ${device}.`;
    const fix = `sudo arping -I ${device} ${gateway}; restart the modem or call the provider; or correct \`gateway\``;
    return finding("gateway-silent", host, text, onHost(host, fix));
  }
  const answering = gateway === undefined ? "" : ", although the line's gateway answers";
  const text = `${name}: ${remote} cannot be reached from ${local}${answering}.`;
  const fix = `traceroute -i ${device} ${remote}; the line's provider has to mend it`;
  return finding("path-dead", host, text, onHost(host, fix));
}

function isTorn({ facts, unit }: End): boolean {
  return facts.drift.some(
    (line) => line.startsWith("[bird]") || unit.lines.includes(line.replace("[ip] missing: ", "")),
  );
}

/** Pings get through, but BFD does not: what was sent at one end and not received at the other was filtered. */
function dead(site: SiteEnd, colo: End | undefined, name: string): Finding[] {
  const { line, tunnel } = site;
  const { interface: device, encapsulation } = tunnel;
  const distrustful = [site, colo].find((end) => end?.facts.ike[tunnel.interface] === "untrusted");
  if (distrustful !== undefined) return [untrusted(site, distrustful, name)];
  if (keysDiffer(site, colo)) return [differingKeys(site, name)];
  const ways = isSilent(site) ? [`between ${line.local ?? line.device} and ${line.remote}`] : lostWays(site, colo);
  if (ways.length > 0) {
    const protocol = protocolOf(encapsulation, line);
    const text = `${name}: pings get through, but ${protocol} does not ${ways.join(", nor ")}.`;
    const fix = `let ${protocol} pass: in both hosts' firewalls (sudo nft list ruleset), the modem's, the providers'`;
    return [finding("tunnel-filtered", site.host, text, fix)];
  }
  // What is known to be missing at an end explains it.
  if ([site, colo].some((end) => end !== undefined && isTorn(end))) return [];
  const states = `${site.facts.tunnels[device] ?? "unknown"} here, ${colo?.facts.tunnels[device] ?? "unknown"} at the other end`;
  const text = `${name}: the tunnel ${device} is not up (${states}), although its packets arrive.`;
  const fix = onHost(site.host, "sudo systemctl restart extrude-bird; journalctl -u extrude-bird");
  return [finding("tunnel-down", site.host, text, fix)];
}

function lostWays(site: SiteEnd, colo: End | undefined): string[] {
  const counted = (end: End | undefined) => end?.probed.links[site.tunnel.interface] ?? { sent: 0, received: 0 };
  const lost = (from: End, to: End | undefined): boolean =>
    counted(from).sent > 0 && to !== undefined && counted(to).received === 0;
  const { local = site.line.device, remote } = site.line;
  return [
    ...(lost(site, colo) ? [`from ${local} to ${remote}`] : []),
    ...(colo !== undefined && lost(colo, site) ? [`from ${remote} to ${local}`] : []),
  ];
}

/** A session that lives agrees on new keys every two minutes, and ends after three (the WireGuard paper, 6.1). */
const handshakeWithin = 180;

/** Without a session nothing is sent through the tunnel that could be counted. */
function isSilent({ facts, tunnel }: SiteEnd): boolean {
  switch (tunnel.encapsulation) {
    case "gre":
      return false;
    case "gre-ipsec":
    case "ipsec":
      return facts.ike[tunnel.interface] !== "agreed";
    case "wireguard":
      return (facts.wireguard[tunnel.interface]?.handshakeAge ?? Infinity) > handshakeWithin;
  }
}

function keysDiffer(site: SiteEnd, colo: End | undefined): boolean {
  if (site.facts.ike[site.tunnel.interface] === "refused") return true;
  const [here, there] = [site, colo].map((end) => end?.facts.wireguard[site.tunnel.interface]);
  if (here === undefined || there === undefined) return false;
  return here.publicKey !== there.peerKey || here.peerKey !== there.publicKey;
}

function differingKeys({ host, tunnel }: SiteEnd, name: string): Finding {
  const text = `${name}: the two ends of ${tunnel.interface} do not have each other's keys, so they refuse each other.`;
  return finding("keys-differ", host, text, "another keyVersion for the uplink than before, then: pulumi up");
}

function untrusted({ host, tunnel }: SiteEnd, distrustful: End, name: string): Finding {
  const text = `${name}: ${distrustful.host} does not take the certificate of the other end of ${tunnel.interface}: its trusted authority has not signed it, or one of the two is not valid now.`;
  const fix = `the other end's authority as trustedCa, or a certificate that is valid, in x509 of the uplink ${name}, then: pulumi up`;
  return finding("certificate-refused", host, text, fix);
}
