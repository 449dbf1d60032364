import { checkAnyAddress, type Family, isAddress } from "./addresses";
import { checkColoReference, type ColoNames, coloNames } from "./colo";
import { checkCustomersUnit } from "./customers";
import { checkDetection, type Detection, type DetectionArguments, planDetection } from "./detection";
import { efficiency, type Encapsulation, keepaliveVolume, maximumSegment, tunnelMtu } from "./encapsulation";
import { checkLineGateway, coloEnd, isDynamic, lineFamily } from "./line";
import {
  checkInterface,
  checkName,
  checkUnitName,
  formatUnitName,
  gatewaySymbol,
  interfaceName,
  lineMark,
  symbol,
  tableId,
  type UnitName,
  withKeyVersion,
} from "./names";
import { ikePort } from "./numbers";
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";
import { checkShaping, describeShaping, planShaping, type Shaping, type ShapingArguments } from "./shaping";
import { checkRate, type Rate } from "./shares";
import { checkTransport, planTransport, type Transport, type TransportArguments } from "./transport";

/** An uplink as a bond sees it, resolved. */
export interface UplinkFacts {
  readonly unit: string;
  readonly name: string;
  /** The unit of its colo. */
  readonly colo: string;
  /** The name of its router. */
  readonly router: string;
  readonly interface: string;
  /** The line's own, or `dynamic`, or `dynamic-ipv6`. */
  readonly address: string;
  readonly gateway?: string | undefined;
  /** MTU inside the tunnel, in bytes. */
  readonly tunnelMtu: number;
  readonly rate?: Rate | undefined;
  /** Whether its queues are kept short. */
  readonly shape?: boolean | undefined;
}

export interface UplinkArguments extends DetectionArguments, TransportArguments, ShapingArguments {
  readonly unit: UnitName;
  readonly router: string;
  readonly interface: string;
  readonly gateway?: string | undefined;
}

export interface UplinkPlan {
  readonly unit: string;
  readonly router: string;
  readonly colo: {
    readonly unit: string;
    readonly host: string;
    readonly address: string;
    readonly interface: string;
    readonly names: ColoNames;
  };
  readonly interface: string;
  /** Of the line's address, and so of all that is outside the tunnel. */
  readonly family: Family;
  /** None where it changes at any time. */
  readonly address?: string | undefined;
  /** The same, where no other line can have it: neither one that changes, nor one behind NAT is that. */
  readonly uniqueAddress?: string | undefined;
  /** An address, or the BIRD constant that is the gateway of the moment; none on point-to-point interfaces. */
  readonly gateway?: string | undefined;
  /** Whether the host has to find the gateway, and keep that constant. */
  readonly isFollowed: boolean;
  readonly transport: Transport;
  /** The tunnel's interface, named alike at both ends. */
  readonly tunnel: string;
  readonly tunnelMtu: number;
  readonly table: number;
  /** Of packets that have to leave by this line. */
  readonly mark: number;
  readonly symbol: string;
  readonly detection: Detection;
  readonly shaping?: Shaping | undefined;
}

export function planUplink(args: UplinkArguments): Planned<UplinkPlan> {
  const encapsulation = (args.encapsulation ?? "gre") as Encapsulation;
  const underlayMtu = args.mtu ?? 1500;
  const problems = [
    ...checkUnitName(args.unit),
    ...checkColoReference("colo", args.colo),
    ...checkCustomersUnit(args.unit, args.colo.customer),
    ...checkName("router", args.router),
    ...checkLine(args),
    ...checkTransport(args),
    ...checkDetection(args),
    ...checkRate("rate", args.rate),
    ...checkShaping(args),
  ];
  return planned(problems, () => {
    const { colo, address } = args;
    const family = lineFamily(address);
    const unit = formatUnitName(withKeyVersion(args.unit, args.keyVersion ?? 1));
    const mtu = tunnelMtu(encapsulation, underlayMtu, family);
    const plan: UplinkPlan = {
      unit,
      router: args.router,
      colo: {
        unit: colo.unit,
        host: colo.host,
        address: coloEnd(colo, family) ?? colo.address,
        interface: colo.interface,
        names: coloNames(colo.unit),
      },
      interface: args.interface,
      family,
      address: isDynamic(address) ? undefined : address,
      uniqueAddress: isDynamic(address) || args.nat === true ? undefined : address,
      gateway: lineGateway(unit, args),
      isFollowed: isFollowed(args),
      transport: planTransport(encapsulation, unit, args),
      tunnel: interfaceName(unit),
      tunnelMtu: mtu,
      table: tableId(unit),
      mark: lineMark(unit),
      symbol: symbol(unit),
      detection: planDetection(args),
      shaping: planShaping(args, { encapsulation, family, tunnelMtu: mtu }),
    };
    return { plan, sentences: describeUplink(args.unit.name, plan, underlayMtu) };
  });
}

/** What BIRD is told of a line's gateway. One that was given stays, also where the address changes. */
export function lineGateway(unit: string, line: Pick<UplinkFacts, "address" | "gateway">): string | undefined {
  return isFollowed(line) ? gatewaySymbol(unit) : line.gateway;
}

function isFollowed({ address, gateway }: Pick<UplinkFacts, "address" | "gateway">): boolean {
  return isDynamic(address) && gateway === undefined;
}

function describeUplink(name: string, plan: UplinkPlan, underlayMtu: number): string[] {
  const { transport, detection } = plan;
  const { encapsulation } = transport;
  const percent = (100 * efficiency(encapsulation, underlayMtu, plan.family)).toFixed(1);
  const seconds = (detection.interval * detection.multiplier) / 1000;
  const from = plan.address ?? "whatever address it has";
  return [
    `${name}: ${encapsulation === "ipsec" ? "an" : "a"} ${encapsulation} tunnel ${plan.tunnel} from ${from} (${plan.interface} of ${plan.router}) to ${plan.colo.address}${describeWay(transport)}.`,
    ...(encapsulation === "gre" ? ["It is not encrypted."] : []),
    `MTU ${plan.tunnelMtu}, TCP segments of ${maximumSegment(plan.tunnelMtu)} bytes, ${percent} % of the line's own TCP rate.`,
    ...describeShaping(plan.shaping, plan.interface, plan.router),
    `A dead line is left after ${seconds} s; noticing costs ${keepaliveVolume(encapsulation, detection, plan.family).toFixed(1)} GB a month.`,
  ];
}

/** What a firewall has to let in at the colo, besides GRE itself. */
function describeWay(transport: Transport): string {
  switch (transport.encapsulation) {
    case "gre":
      return "";
    case "gre-ipsec":
    case "ipsec":
      return `, UDP port ${ikePort}${transport.udpEncapsulation === "auto" ? " and ESP" : ""}`;
    case "wireguard":
      return `, UDP port ${transport.port}`;
  }
}

function checkLine(args: UplinkArguments): Problem[] {
  const { address, gateway, colo } = args;
  const problems = [
    ...checkLineAddress(address),
    ...checkInterface("interface", args.interface),
    ...(gateway === undefined ? [] : checkLineGateway("gateway", gateway, address)),
  ];
  if (lineFamily(address) === "ipv6" && colo.ipv6 === undefined) {
    const text = `${quoteValue(address)} is IPv6, and ${colo.unit} has IPv4 alone.`;
    problems.push(problem("colo-without-ipv6", "address", text));
  }
  if (address === coloEnd(colo, lineFamily(address)) && isAddress(address)) {
    const text = `${address} is the address of the colo, where the tunnel ends.`;
    problems.push(problem("tunnel-to-itself", "address", text));
  }
  if (gateway !== undefined && gateway === address) {
    problems.push(problem("address-is-gateway", "address", `${address} is also given as \`gateway\`.`));
  }
  return problems;
}

function checkLineAddress(address: string): Problem[] {
  if (isDynamic(address)) return [];
  if (isAddress(address)) return checkAnyAddress("address", address);
  return [
    problem(
      "address-invalid",
      "address",
      `${quoteValue(address)} is neither an IP address nor "dynamic" or "dynamic-ipv6".`,
    ),
  ];
}
