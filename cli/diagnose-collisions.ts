import { parsePrefix, type Prefix } from "../planning/addresses";
import { rulePriority } from "../planning/numbers";
import type { Facts } from "./facts";
import { type Finding, finding, onHost } from "./findings";

/** In which a host's units collide with each other, or with what others have configured there. */
export function diagnoseCollisions(host: string, facts: Facts): Finding[] {
  return [...claimedTwice(host, facts), ...overlapping(host, facts), ...foreignRules(host, facts)];
}

/** What units claim of a kind, such as `table`. */
function claimed({ claims }: Facts, kind: string): string[] {
  return claims.flatMap(({ what }) => (what.startsWith(`${kind} `) ? [what.slice(kind.length + 1)] : []));
}

/** A host whose default route is the bond. */
function isSite({ claims }: Facts): boolean {
  return claims.some(({ what }) => what === "default-route");
}

function claimedTwice(host: string, { claims }: Facts): Finding[] {
  const owners = new Map<string, string[]>();
  for (const { unit, what } of claims) owners.set(what, [...(owners.get(what) ?? []), unit]);
  return [...owners]
    .filter(([, units]) => units.length > 1)
    .map(([what, units]) => {
      const text = `${what} is claimed by ${units.join(" and ")}.`;
      return finding("claimed-twice", host, text, "take it out of one of the programs, then: pulumi up");
    });
}

/** Interfaces of the host's own that are in the way of an extruded address. Ours begin with x-. */
function overlapping(host: string, facts: Facts): Finding[] {
  const extruded = claimed(facts, "address");
  const foreign = facts.addresses.filter(({ device }) => !device.startsWith("x-"));
  return foreign.flatMap(({ device, address }) => {
    const [own = "", length = "32"] = address.split("/");
    const network = networkOf(own, Number(length));
    return extruded.flatMap((wanted): Finding[] => {
      if (own === wanted) {
        const fix = `sudo ip address del ${address} dev ${device}; and take it out of the network configuration`;
        return [
          finding("address-overlaps", host, `${device} holds ${wanted} itself, which is extruded.`, onHost(host, fix)),
        ];
      }
      // At the colo an extruded address is one of the network's by nature.
      if (!isSite(facts) || network?.contains(wanted) !== true) return [];
      const text = `${device} is in ${network.text}, which contains ${wanted}: connected networks come before the bond.`;
      return [finding("address-overlaps", host, text, `give ${device} an address of another network`)];
    });
  });
}

function networkOf(address: string, length: number): Prefix | undefined {
  const bits = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - length);
  const first = Math.floor(bits / size) * size;
  return parsePrefix(`${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${length}`);
}

const priorities = new Set<number>(Object.values(rulePriority));
/** Rules of units that look up no table of their own. */
const plain = new Set([
  `${rulePriority.mainWithoutDefault} not from 255.255.255.255 lookup main suppress_prefixlength 0`,
  `${rulePriority.block} from all unreachable`,
]);

/** Rules of others at our priorities, or before the bond's for all packets. */
function foreignRules(host: string, facts: Facts): Finding[] {
  const tables = new Set(claimed(facts, "table"));
  const pinned = new Set(claimed(facts, "mark").map((mark) => `from all fwmark ${mark} unreachable`));
  return facts.rules.flatMap((rule): Finding[] => {
    const [, number = "", selector = ""] = /^(\d+):\s+(.*)$/.exec(rule) ?? [];
    const priority = Number(number);
    const [, table = ""] = / lookup (\S+)/.exec(selector) ?? [];
    if (tables.has(table) || pinned.has(selector) || plain.has(`${number} ${selector}`)) return [];
    const fix = onHost(host, `sudo ip rule del priority ${number} ${selector}; and take it out of what makes it`);
    if (priorities.has(priority)) {
      const text = `A rule that is not extrude's has the priority ${number}: ${selector}.`;
      return [finding("rule-foreign", host, text, fix)];
    }
    const takesAll =
      /^(from all|not from all fwmark \S+) lookup \S+$/.test(selector) && facts.tablesWithDefault.includes(table);
    const isBefore = priority > 0 && priority < rulePriority.bond;
    if (!takesAll || !isBefore || !isSite(facts)) return [];
    const text = `A rule comes before the bond's and takes all packets: ${number}: ${selector}.`;
    return [finding("rule-foreign", host, text, fix)];
  });
}
