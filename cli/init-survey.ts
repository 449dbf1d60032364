import { z } from "zod";
import { isPrivate, parsePrefix } from "../planning/addresses";
import { byFirstWord } from "./lines-of-text";

/** What a machine has, as `renderSurvey` asks it. */
export interface Survey {
  readonly system: string;
  readonly kernel: string;
  /** How the login user becomes root; `no` where it cannot. */
  readonly root: "yes" | "sudo" | "no";
  readonly missingPackages: readonly string[];
  readonly missingModules: readonly string[];
  /** The agent's own words, where there is one. */
  readonly agent: string | undefined;
  /** The address by which this machine was reached. */
  readonly reachedAt: string | undefined;
  readonly interfaces: readonly NetworkInterface[];
}

export interface NetworkInterface {
  readonly name: string;
  readonly hasCarrier: boolean;
  readonly isPointToPoint: boolean;
  readonly addresses: readonly InterfaceAddress[];
  /** Where its best IPv4 default route leads; an empty text where that has no gateway; undefined without such a route. */
  readonly gateway: string | undefined;
}

export interface InterfaceAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** Whether it was leased, so that it may change. */
  readonly isDynamic: boolean;
}

const linksOfIproute = z.array(
  z.looseObject({
    ifname: z.string(),
    flags: z.array(z.string()).default([]),
    addr_info: z
      .array(
        z.looseObject({
          family: z.string().optional(),
          local: z.string().optional(),
          prefixlen: z.number().optional(),
          scope: z.string().optional(),
          dynamic: z.boolean().optional(),
        }),
      )
      .default([]),
  }),
);
const routesOfIproute = z.array(
  z.looseObject({
    dst: z.string(),
    gateway: z.string().optional(),
    dev: z.string().optional(),
    metric: z.number().default(0),
  }),
);

/** Undefined where the answer is none that this program understands. */
export function parseSurvey(text: string): Survey | undefined {
  const lines = byFirstWord(text);
  const [root] = lines("root");
  const links = linksOfIproute.safeParse(jsonOf(lines("addresses")[0]));
  const routes = routesOfIproute.safeParse(jsonOf(lines("routes")[0]));
  if (!links.success || !routes.success || (root !== "yes" && root !== "sudo" && root !== "no")) return undefined;
  return {
    system: lines("system")[0] ?? "",
    kernel: lines("kernel")[0] ?? "",
    root,
    missingPackages: [...new Set(lines("package"))],
    missingModules: lines("module"),
    agent: lines("agent")[0],
    reachedAt: lines("came")[0]?.split(" ")[2],
    interfaces: links.data.map(({ ifname, flags, addr_info }) => ({
      name: ifname,
      hasCarrier: flags.includes("LOWER_UP"),
      isPointToPoint: flags.includes("POINTOPOINT"),
      addresses: addr_info.flatMap(({ family, local, prefixlen, scope, dynamic }) =>
        family === "inet" && local !== undefined && prefixlen !== undefined && scope === "global"
          ? [{ address: local, prefixLength: prefixlen, isDynamic: dynamic === true }]
          : [],
      ),
      gateway: bestGateway(routes.data, ifname),
    })),
  };
}

/** iproute2 prints nothing at all where there is no route. */
function jsonOf(text = ""): unknown {
  try {
    return JSON.parse(text === "" ? "[]" : text);
  } catch {
    return undefined;
  }
}

function bestGateway(routes: z.infer<typeof routesOfIproute>, device: string): string | undefined {
  const [best] = routes
    .filter(({ dst, dev }) => dst === "default" && dev === device)
    .sort((one, two) => one.metric - two.metric);
  return best === undefined ? undefined : (best.gateway ?? "");
}

/** Interfaces that programs make: bridges of containers, tunnels, and extrude's own. */
const made =
  /^(lo|x-.*|docker.*|br-.*|veth.*|virbr.*|vnet.*|podman.*|cni.*|wg.*|tun.*|tap.*|tailscale.*|dummy.*|ifb.*)$/;

/** What the colo's entry may be: the interface of the machine's default route, and its address. */
export function proposeColo({ interfaces }: Survey) {
  const candidates = interfaces.filter(({ name, addresses }) => !made.test(name) && addresses.length > 0);
  const best = candidates.find(({ gateway }) => gateway !== undefined) ?? candidates[0];
  const [own] = best?.addresses ?? [];
  if (best === undefined || own === undefined) return undefined;
  const network = own.prefixLength < 31 ? parsePrefix(`${own.address}/${own.prefixLength}`) : undefined;
  return {
    interface: best.name,
    address: own.address,
    ...(network === undefined ? {} : { prefix: network.text }),
    ...(best.gateway === undefined || best.gateway === "" ? {} : { gateway: best.gateway }),
  };
}

/** A line of the site, as it may be written into the stack's configuration. */
export interface ProposedLine {
  readonly name: string;
  readonly interface: string;
  /** Its own, or `dynamic`. */
  readonly address: string;
  readonly nat?: boolean;
  readonly gateway?: string;
  readonly encapsulation?: string;
  readonly weight?: number;
}

/** Every interface that leads into the internet: it has a default route, or a public address. */
export function proposeLines({ interfaces }: Survey): ProposedLine[] {
  const names = new Set<string>();
  return interfaces.flatMap((each) => {
    const line = proposeLine(each);
    if (line === undefined) return [];
    const name = names.has(line.name) ? each.name : line.name;
    names.add(name);
    return [{ ...line, name }];
  });
}

function proposeLine(link: NetworkInterface): ProposedLine | undefined {
  const [own] = link.addresses;
  if (made.test(link.name) || own === undefined) return undefined;
  const isBehindNat = isPrivate(own.address);
  if (link.gateway === undefined && isBehindNat) return undefined;
  const isDynamic = own.isDynamic || link.isPointToPoint;
  const network = parsePrefix(`${own.address}/${own.prefixLength}`);
  return {
    name: nameOfLine(link.name),
    interface: link.name,
    address: isDynamic ? "dynamic" : own.address,
    ...(isBehindNat ? { nat: true } : {}),
    // A line that is followed finds its gateway itself; of a network that tells none, it is the first address as a rule.
    ...(isDynamic ? {} : gatewayOf(link.gateway, network === undefined ? undefined : firstOf(network.network))),
    ...(isDynamic || isBehindNat ? { encapsulation: "wireguard" } : {}),
  };
}

function gatewayOf(told: string | undefined, guessed: string | undefined): { readonly gateway?: string } {
  const gateway = told ?? guessed;
  return gateway === undefined || gateway === "" ? {} : { gateway };
}

function firstOf(network: string): string {
  return network.replace(/\d+$/, (last) => String(Number(last) + 1));
}

function nameOfLine(device: string): string {
  if (device.startsWith("ppp")) return "dsl";
  return device.startsWith("ww") ? "lte" : device.replaceAll(/[^A-Za-z0-9._-]/g, "-");
}

/** What has to be done on a machine before `pulumi up`, or should be known: sentences. */
export function adviseOn(name: string, survey: Survey, user: string, installs: boolean): string[] {
  const { root, missingPackages, missingModules, system } = survey;
  const supported = /^Debian GNU\/Linux (12|13)\b/.test(system);
  return [
    ...(root === "no"
      ? [
          `${user} may not become root on ${name} without a password, and extrude has to. Allow it there: echo '${user} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/${user}`,
        ]
      : []),
    ...(missingPackages.length > 0 && !installs
      ? [`${name} lacks packages. Install them there: sudo apt-get install ${missingPackages.join(" ")}`]
      : []),
    ...(missingModules.length > 0
      ? [
          `${name}'s kernel ${survey.kernel} lacks modules: ${missingModules.join(", ")}. Debian's own kernels have them.`,
        ]
      : []),
    ...(supported
      ? []
      : [`${name} runs ${system === "" ? "an unknown system" : system}; extrude is tested on Debian 12 and 13.`]),
  ];
}
