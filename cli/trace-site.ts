import { type Family, familyOf } from "../planning/addresses";
import { Correspondent } from "./ask";
import { stackHosts } from "./asking";
import { exitCodes, Failure } from "./failure";
import { byFirstWord, cut } from "./lines-of-text";
import { type Line, type Network, networkOf, type Site } from "./network";
import { isWithin, type Packet, parseRoute, parseRule, type Route, type Rule } from "./rules";
import type { StackChoice } from "./options";
import type { StackHost } from "./state";
import { chooseSites } from "./status";
import type { Flow, TraceOptions } from "./trace";
import { judge, seenAs } from "./trace-policy";
import { explain, type Step } from "./trace-steps";

const askMs = 30_000;

/** What a host said of its rules and of the routes that were asked for, by their labels. */
export interface RoutesAnswer {
  readonly rules: Readonly<Record<Family, readonly Rule[]>>;
  readonly routes: Readonly<Record<string, Route>>;
}

export function parseRoutes(text: string): RoutesAnswer {
  const lines = byFirstWord(text);
  const rules = { ipv4: lines("rule").flatMap(parseRule), ipv6: lines("rule6").flatMap(parseRule) };
  const routes = lines("route").map((line): [string, Route] => {
    const [label = "", answer = ""] = cut(line, 1);
    return [label, parseRoute(answer)];
  });
  return { rules, routes: Object.fromEntries(routes) };
}

/** The words of `ip route get` for a packet. */
export function wordsOf({ from, to, iif, oif, mark }: Packet, flow: Flow = {}): string {
  const { protocol, port, sourcePort } = flow;
  return [
    to,
    ...(from === undefined ? [] : ["from", from]),
    ...(iif === undefined ? [] : ["iif", iif]),
    ...(oif === undefined ? [] : ["oif", oif]),
    ...(mark === undefined ? [] : ["mark", String(mark)]),
    // Only together do they tell the flow.
    ...(protocol === undefined ? [] : ["ipproto", protocol]),
    ...(sourcePort === undefined ? [] : ["sport", String(sourcePort)]),
    ...(port === undefined ? [] : ["dport", String(port)]),
  ].join(" ");
}

/** The packet by which a tunnel carries others. */
export function outerPacket({ local, remote, device, mark, encapsulation }: Line): Packet {
  if (encapsulation !== "gre" && mark !== undefined) return { to: remote, mark: Number(mark) };
  return { to: remote, oif: device, ...(local === undefined ? {} : { from: local }) };
}

/** A site of a stack's, with what is around it. */
export async function siteNamed(
  name: string,
  choice: StackChoice,
): Promise<{ readonly hosts: readonly StackHost[]; readonly network: Network; readonly site: Site }> {
  const hosts = await stackHosts(choice);
  const network = chooseSites(networkOf(hosts), [name]);
  const [site] = network.sites;
  if (site === undefined) throw new Failure(`The stack has no site "${name}".`, exitCodes.usage);
  return { hosts, network, site };
}

export async function traceSite(
  hosts: readonly StackHost[],
  network: Network,
  site: Site,
  to: string,
  options: TraceOptions,
): Promise<Step[]> {
  const asked = new Map(hosts.map((host) => [host.name, new Correspondent(host)]));
  const put = async (host: string, lines: readonly string[]): Promise<RoutesAnswer> => {
    const told = await asked.get(host)?.put("routes", lines.map((line) => `${line}\n`).join(""), askMs);
    if (told?.result !== undefined) return parseRoutes(told.result.stdout);
    const why = told?.refusal.text ?? `The stack has no host "${host}".`;
    throw new Failure(`${why} 'extrude doctor ${host}' says what mends it.`, exitCodes.unasked);
  };
  try {
    return await (site.addresses.some((address) => isWithin(to, address))
      ? inbound(network, site, to, options, put)
      : outbound(network, site, to, options, put));
  } finally {
    for (const correspondent of asked.values()) correspondent.close();
  }
}

type Put = (host: string, lines: readonly string[]) => Promise<RoutesAnswer>;

/** A packet that comes by an interface is looked up otherwise than one that the host sends itself. */
async function arriving(host: string, from: string | undefined, put: Put): Promise<Pick<Packet, "from" | "iif">> {
  if (from === undefined) return {};
  const { routes } = await put(host, [`back ${from}`]);
  const { isLocal, device } = routes["back"] ?? { isLocal: false };
  return isLocal || device === undefined ? { from } : { from, iif: device };
}

async function outbound(network: Network, site: Site, to: string, flow: TraceOptions, put: Put): Promise<Step[]> {
  const { router } = site;
  const sent: Packet = { to, ...(await arriving(router, flow.from, put)) };
  const { mark, because } = judge(site, sent, flow);
  const packet: Packet = mark === undefined ? sent : { ...sent, mark };
  const outer = site.lines.map((line, index) => `tunnel${index} ${wordsOf(outerPacket(line))}`);
  const { rules, routes } = await put(router, [`packet ${wordsOf(packet, flow)}`, ...outer]);
  const looked = { host: router, what: described(packet, flow), packet, route: routeOf(routes, "packet") };
  const step = explain({ ...looked, rules: rules[familyOf(to)], policy: because }, site);
  const index = site.lines.findIndex(({ tunnel }) => tunnel === step.route.device);
  const line = site.lines[index];
  if (line === undefined) return [step];
  const own = outerPacket(line);
  const outside = `the tunnel's own packet, from ${line.local ?? "the line's address"} to ${line.remote}`;
  const around = { host: router, what: outside, packet: own, route: routeOf(routes, `tunnel${index}`) };
  const carried = explain({ ...around, rules: rules[familyOf(own.to)] }, site);
  const address = seenAs(site, flow.from, familyOf(to));
  if (address === undefined || line.colo === undefined) return [step, carried];
  const back: TraceOptions = {
    ...(flow.protocol === undefined ? {} : { protocol: flow.protocol }),
    ...(flow.sourcePort === undefined ? {} : { port: flow.sourcePort }),
    ...(flow.port === undefined ? {} : { sourcePort: flow.port }),
    from: to,
  };
  return [step, carried, ...(await inbound(network, site, address, back, put, "the answer, "))];
}

async function inbound(
  network: Network,
  site: Site,
  to: string,
  flow: TraceOptions,
  put: Put,
  which = "",
): Promise<Step[]> {
  const host = site.lines[0]?.colo;
  if (host === undefined) return [];
  const device = network.colos.find((colo) => colo.host === host)?.interface;
  const came = await arriving(host, flow.from, put);
  const packet: Packet = { to, ...came, ...(came.iif === undefined || device === undefined ? {} : { iif: device }) };
  const { rules, routes } = await put(host, [`packet ${wordsOf(packet, flow)}`]);
  const looked = { host, what: `${which}${described(packet, flow)}`, packet, route: routeOf(routes, "packet") };
  return [explain({ ...looked, rules: rules[familyOf(to)] }, site)];
}

function routeOf(routes: RoutesAnswer["routes"], label: string): Route {
  return routes[label] ?? { table: "main", isLocal: false, refusal: "no answer" };
}

function described({ from, to, iif }: Packet, { protocol, port, sourcePort }: Flow): string {
  const place = (address: string, number: number | undefined): string =>
    number === undefined ? address : `${address}:${number}`;
  const sender = from === undefined ? "a packet of its own" : `a packet from ${place(from, sourcePort)}`;
  const kind = protocol === undefined ? "" : `, ${protocol}`;
  return `${sender} to ${place(to, port)}${kind}${iif === undefined ? "" : `, which came by ${iif}`}`;
}
