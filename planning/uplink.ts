import { checkAddress, isIPv4 } from "./addresses";
import { checkColoReference, type Colo, type ColoNames, coloNames } from "./colo";
import {
  defaultDetection,
  type Detection,
  efficiency,
  type Encapsulation,
  encapsulations,
  keepaliveVolume,
  maximumSegment,
  tunnelMtu,
} from "./encapsulation";
import {
  checkInterface,
  checkName,
  checkUnitName,
  formatUnitName,
  interfaceName,
  symbol,
  tableId,
  type UnitName,
} from "./names";
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";

/** An uplink as a bond sees it, resolved. */
export interface UplinkFacts {
  readonly unit: string;
  readonly name: string;
  /** The unit of its colo. */
  readonly colo: string;
  /** The name of its router. */
  readonly router: string;
  readonly interface: string;
  readonly address: string;
  readonly gateway?: string | undefined;
  /** MTU inside the tunnel, in bytes. */
  readonly tunnelMtu: number;
}

export interface UplinkArguments {
  readonly unit: UnitName;
  readonly colo: Colo;
  readonly router: string;
  readonly interface: string;
  readonly address: string;
  readonly gateway?: string | undefined;
  readonly encapsulation?: string | undefined;
  readonly mtu?: number | undefined;
  readonly detection?: { readonly interval?: number | undefined; readonly multiplier?: number | undefined } | undefined;
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
  readonly address: string;
  readonly gateway?: string | undefined;
  readonly encapsulation: Encapsulation;
  /** The tunnel's interface, named alike at both ends. */
  readonly tunnel: string;
  readonly tunnelMtu: number;
  readonly table: number;
  readonly symbol: string;
  readonly detection: Detection;
}

export function planUplink(args: UplinkArguments): Planned<UplinkPlan> {
  const encapsulation = (args.encapsulation ?? "gre") as Encapsulation;
  const underlayMtu = args.mtu ?? 1500;
  const detection: Detection = {
    interval: args.detection?.interval ?? defaultDetection.interval,
    multiplier: args.detection?.multiplier ?? defaultDetection.multiplier,
  };
  const unit = formatUnitName(args.unit);
  const problems = [
    ...checkUnitName(args.unit),
    ...checkColoReference("colo", args.colo),
    ...checkName("router", args.router),
    ...checkUplink(args, underlayMtu, detection),
  ];
  return planned(problems, () => {
    const { colo } = args;
    const plan: UplinkPlan = {
      unit,
      router: args.router,
      colo: {
        unit: colo.unit,
        host: colo.host,
        address: colo.address,
        interface: colo.interface,
        names: coloNames(colo.unit),
      },
      interface: args.interface,
      address: args.address,
      gateway: args.gateway,
      encapsulation,
      tunnel: interfaceName(unit),
      tunnelMtu: tunnelMtu(encapsulation, underlayMtu),
      table: tableId(unit),
      symbol: symbol(unit),
      detection,
    };
    return { plan, sentences: describeUplink(args.unit.name, plan, underlayMtu) };
  });
}

function describeUplink(name: string, plan: UplinkPlan, underlayMtu: number): string[] {
  const { encapsulation, detection } = plan;
  const percent = (100 * efficiency(encapsulation, underlayMtu)).toFixed(1);
  const seconds = (detection.interval * detection.multiplier) / 1000;
  return [
    `${name}: a ${encapsulation} tunnel ${plan.tunnel} from ${plan.address} (${plan.interface} of ${plan.router}) to ${plan.colo.address}.`,
    `MTU ${plan.tunnelMtu}, TCP segments of ${maximumSegment(plan.tunnelMtu)} bytes, ${percent} % of the line's own TCP rate.`,
    `A dead line is left after ${seconds} s; noticing costs ${keepaliveVolume(encapsulation, detection).toFixed(1)} GB a month.`,
  ];
}

function checkUplink(args: UplinkArguments, underlayMtu: number, detection: Detection): Problem[] {
  const problems = [...checkAddress("address", args.address), ...checkInterface("interface", args.interface)];
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  if (args.gateway !== undefined) problems.push(...checkAddress("gateway", args.gateway));
  if (isIPv4(args.address) && args.address === args.colo.address) {
    say("tunnel-to-itself", "address", `${args.address} is the address of the colo, where the tunnel ends.`);
  }
  if (args.gateway !== undefined && args.gateway === args.address) {
    say("address-is-gateway", "address", `${args.address} is also given as \`gateway\`.`);
  }
  const { encapsulation } = args;
  if (encapsulation !== undefined && !encapsulations.some((known) => known === encapsulation)) {
    const known = encapsulations.map((choice) => `"${choice}"`).join(", ");
    say("choice-invalid", "encapsulation", `${quoteValue(encapsulation)} is not one of ${known}.`);
  }
  if (!(Number.isInteger(underlayMtu) && underlayMtu >= 600 && underlayMtu <= 9000)) {
    say("mtu-invalid", "mtu", `${quoteValue(underlayMtu)} is not an MTU that a line has.`);
  }
  const { interval, multiplier } = detection;
  if (!(Number.isInteger(interval) && interval >= 50 && interval <= 10_000)) {
    say("detection-invalid", "detection.interval", `${quoteValue(interval)} is out of range.`);
  }
  if (!(Number.isInteger(multiplier) && multiplier >= 2 && multiplier <= 20)) {
    say("detection-invalid", "detection.multiplier", `${quoteValue(multiplier)} is out of range.`);
  }
  return problems;
}
