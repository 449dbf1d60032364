import { type Encapsulation, underlayMtu } from "../planning/encapsulation";
import type { TunnelReading, UnitReading } from "../rendering/reading";
import type { Answer } from "./ask";
import type { Facts, Probed } from "./facts";
import { type Finding, finding, type FindingCode, onHost } from "./findings";
import type { StackHost } from "./state";

/** What a filter would have to let pass. */
const protocols: Record<Encapsulation, string> = { gre: "GRE (IP protocol 47)" };

/** One end of a tunnel, on a host that has answered. */
interface End {
  readonly host: string;
  readonly unit: UnitReading;
  readonly tunnel: TunnelReading;
  readonly facts: Facts;
  readonly probed: Probed;
}

/** What a host is to try: each line's way to the other end, and its gateway. Nothing for a host without tunnels. */
export function probesOf({ units }: StackHost): string {
  const tunnels = units.flatMap(({ tunnel }) => (tunnel === undefined ? [] : [tunnel]));
  if (tunnels.length === 0) return "";
  const tries = tunnels.flatMap((tunnel) => {
    if (tunnel.line === undefined) return [];
    const { gateway } = tunnel.line;
    const path = `path ${pathOf(tunnel)} ${underlayMtu(tunnel.encapsulation, tunnel.mtu)}`;
    return gateway === undefined ? [path] : [path, `gateway ${tunnel.device} ${gateway}`];
  });
  return `${[...tries, "counters"].join("\n")}\n`;
}

function pathOf({ device, local, remote }: TunnelReading): string {
  return `${device} ${local} ${remote}`;
}

/** What is wrong with each tunnel, found from below: the line, the way, its size, the encapsulation, the tunnel itself. */
export function diagnoseTunnels(answers: readonly Answer[]): Finding[] {
  const ends = answers.flatMap(({ host, facts, probed }) =>
    host.units.flatMap((unit): End[] => {
      const { tunnel } = unit;
      if (tunnel === undefined || facts === undefined || probed === undefined) return [];
      return [{ host: host.name, unit, tunnel, facts, probed }];
    }),
  );
  return ends
    .filter(({ tunnel }) => tunnel.line !== undefined)
    .flatMap((site) =>
      diagnoseTunnel(
        site,
        ends.find((end) => end.unit.name === site.unit.name && end !== site),
      ),
    );
}

function diagnoseTunnel(site: End, colo: End | undefined): Finding[] {
  const { host, unit, tunnel, probed } = site;
  const find = (code: FindingCode, text: string, fix: string): Finding => finding(code, host, text, fix);
  const name = unit.name.slice(unit.name.lastIndexOf("/") + 1);
  const isUp = [site, colo].every((end) => end === undefined || end.facts.tunnels[tunnel.interface] === "Up");
  const passing = probed.paths[pathOf(tunnel)] ?? 0;
  const { device, local, remote } = tunnel;
  // A line whose card or address is missing has been found already.
  if (site.facts.requirements.some((each) => each.unit === unit.name)) return [];
  if (probed.links[device]?.hasCarrier !== true) {
    const plug = onHost(host, `plug the line in; or: sudo ip link set ${device} up`);
    return [find("carrier-missing", `${name}: ${device} has no carrier.`, plug)];
  }
  if (passing === 0 && isUp) return [unmeasured(site, name)];
  // Without its rules, a line's packets take another way.
  if (passing === 0) return isTorn(site) ? [] : [deadPath(site, name)];
  const assumed = underlayMtu(tunnel.encapsulation, tunnel.mtu);
  const measured = `${name}: the largest packet that gets from ${local} to ${remote} has ${passing} bytes, not ${assumed}.`;
  const fix = `mtu: ${passing} for the uplink ${name}, then: pulumi up`;
  const size = passing < assumed ? [find("mtu-too-large", measured, fix)] : [];
  return isUp ? size : [...size, ...dead(site, colo, name)];
}

function unmeasured({ host, tunnel }: End, name: string): Finding {
  const { device, local, remote } = tunnel;
  const text = `${name}: ${remote} does not answer pings from ${local}, so the line's MTU could not be measured.`;
  const fix = onHost(host, `ping -M do -s 1472 -I ${device} ${remote}, once ICMP echo passes`);
  return finding("mtu-unknown", host, text, fix);
}

function deadPath({ host, tunnel, probed }: End, name: string): Finding {
  const { device, local, remote, line } = tunnel;
  const gateway = line?.gateway;
  if (gateway !== undefined && probed.gateways[`${device} ${gateway}`] !== true) {
    const text = `${name}: the gateway ${gateway} does not answer on ${device}.`;
    const fix = `sudo arping -I ${device} ${gateway}; restart the modem or call the provider; or correct \`gateway\``;
    return finding("gateway-silent", host, text, onHost(host, fix));
  }
  const answering = gateway === undefined ? "" : ", although the line's gateway answers";
  const text = `${name}: ${remote} cannot be reached from ${local}${answering}.`;
  const fix = `traceroute -s ${local} ${remote}; the line's provider has to mend it`;
  return finding("path-dead", host, text, onHost(host, fix));
}

function isTorn({ facts, unit }: End): boolean {
  return facts.drift.some(
    (line) => line.startsWith("[bird]") || unit.lines.includes(line.replace("[ip] missing: ", "")),
  );
}

/** Pings get through, but BFD does not: what was sent at one end and not received at the other was filtered. */
function dead(site: End, colo: End | undefined, name: string): Finding[] {
  const { interface: device, encapsulation } = site.tunnel;
  const counted = (end: End | undefined) => end?.probed.links[device] ?? { sent: 0, received: 0 };
  const lost = (from: End, to: End | undefined): boolean =>
    counted(from).sent > 0 && to !== undefined && counted(to).received === 0;
  const ways = [
    ...(lost(site, colo) ? [`from ${site.tunnel.local} to ${site.tunnel.remote}`] : []),
    ...(colo !== undefined && lost(colo, site) ? [`from ${site.tunnel.remote} to ${site.tunnel.local}`] : []),
  ];
  if (ways.length > 0) {
    const protocol = protocols[encapsulation];
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
