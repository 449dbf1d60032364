import type { Balance } from "../planning/balance";
import type { WhenDown } from "../planning/when-down";
import type { Encapsulation } from "../planning/encapsulation";
import type { UnitReading } from "../rendering/reading";
import { claims, readBond } from "../rendering/reading-bond";
import type { PolicyReading } from "../rendering/reading-policy";
import type { StackHost } from "./state";

/** A stack's network, as the units of its state describe it. */
export interface Network {
  readonly colos: readonly Colo[];
  readonly sites: readonly Site[];
  /** Lines that no site has yet: a stack that is half built. */
  readonly spare: readonly Line[];
}

export interface Colo {
  readonly name: string;
  readonly unit: string;
  readonly host: string;
  readonly address: string | undefined;
  readonly interface: string | undefined;
  /** The addresses that it acquires for sites. */
  readonly extruded: readonly string[];
}

export interface Site {
  readonly name: string;
  readonly unit: string;
  readonly router: string;
  readonly addresses: readonly string[];
  readonly table: number | undefined;
  readonly whenDown: WhenDown;
  /** What leaves directly by lines, and what never does: the first rule that fits decides. */
  readonly policy: readonly PolicyReading[];
  readonly balance: Balance;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  readonly unit: string;
  readonly router: string;
  /** The host at its other end, where the stack has it. */
  readonly colo: string | undefined;
  /** The interface of the tunnel, named alike at both ends. */
  readonly tunnel: string;
  readonly encapsulation: Encapsulation;
  readonly mtu: number;
  readonly device: string;
  /** None where it changes at any time. */
  readonly local: string | undefined;
  readonly remote: string;
  readonly port: number | undefined;
  readonly gateway: string | undefined;
  /** The firewall mark of its tunnel's own packets, as iproute2 prints it, where the tunnel cannot be bound to the line. */
  readonly mark: string | undefined;
  readonly weight: number;
  /** From 1. A tier carries the traffic while one of its lines is up, and none of an earlier tier. */
  readonly tier: number;
}

interface Placed {
  readonly host: string;
  readonly unit: UnitReading;
}

/** The fourth part of a unit's name says what it is of. */
function isKind({ unit }: Placed, kind: string): boolean {
  return unit.name.split("/")[3] === kind;
}

export function shortName(unit: string): string {
  return unit.slice(unit.lastIndexOf("/") + 1);
}

export function networkOf(hosts: readonly StackHost[]): Network {
  const placed = hosts.flatMap((host) => host.units.map((unit): Placed => ({ host: host.name, unit })));
  const lines = placed.flatMap((each) => lineOf(each, placed));
  const sites = placed.flatMap((each) => siteOf(each, lines));
  const used = new Set(sites.flatMap((site) => site.lines.map(({ unit }) => unit)));
  return {
    colos: placed.filter((each) => isKind(each, "colo")).map((each) => coloOf(each, placed)),
    sites: sites.sort((one, two) => one.name.localeCompare(two.name, "en", { numeric: true })),
    spare: lines.filter(({ unit }) => !used.has(unit)),
  };
}

function coloOf({ host, unit }: Placed, placed: readonly Placed[]): Colo {
  const required = unit.lines.map((line) => /^require address ([0-9a-f.:]+)\S* dev (\S+)$/.exec(line));
  const [, address, device] = required.find((found) => found !== null) ?? [];
  const extruded = placed
    .filter((each) => isKind(each, "address") && each.unit.lines.includes(`need ${unit.name}`))
    .flatMap((each) => claims(each.unit.lines, "address"));
  return { name: shortName(unit.name), unit: unit.name, host, address, interface: device, extruded };
}

function lineOf({ host, unit }: Placed, placed: readonly Placed[]): Line[] {
  const { tunnel, name } = unit;
  if (tunnel?.line === undefined) return [];
  const { device, local, remote, port, gateway } = tunnel.line;
  const colo = placed.find((each) => each.unit.name === name && each.unit !== unit)?.host;
  const marks = unit.lines.map((line) => /^rule add priority \d+ fwmark (0x[0-9a-f]+)\/\S+ lookup /.exec(line)?.[1]);
  return [
    {
      ...{ name: shortName(name), unit: name, router: host, colo },
      ...{ tunnel: tunnel.interface, encapsulation: tunnel.encapsulation, mtu: tunnel.mtu },
      ...{ device, local, remote, port, gateway, mark: marks.find((mark) => mark !== undefined) },
      ...{ weight: 1, tier: 1 },
    },
  ];
}

function siteOf({ host, unit }: Placed, lines: readonly Line[]): Site[] {
  const bond = readBond(unit);
  if (bond === undefined) return [];
  const { addresses, table, whenDown, policy, balance } = bond;
  const own = bond.paths.flatMap(({ tunnel, weight, tier }) => {
    const line = lines.find((each) => each.tunnel === tunnel && each.router === host);
    return line === undefined ? [] : [{ ...line, weight, tier }];
  });
  const name = shortName(unit.name);
  return [{ name, unit: unit.name, router: host, addresses, table, whenDown, policy, balance, lines: own }];
}
