import { asPrefix, checkAnyAddress, checkPrefix, familyOf, isInside, isPrefix } from "./addresses";
import { type Problem, problem } from "./problems";

/** What a bond carries of one address family. */
export interface Carried {
  /** The router holds these. */
  readonly addresses: readonly string[];
  /** The router hands these on to the networks behind it. */
  readonly prefixes: readonly string[];
}

export function carriedBy(texts: readonly string[]): { ipv4: Carried; ipv6: Carried | undefined } {
  const of = (family: "ipv4" | "ipv6"): Carried => {
    const own = texts.filter((text) => familyOf(text) === family);
    return { addresses: own.filter((text) => !isPrefix(text)), prefixes: own.filter(isPrefix) };
  };
  const ipv6 = of("ipv6");
  return { ipv4: of("ipv4"), ipv6: all(ipv6).length === 0 ? undefined : ipv6 };
}

export function all({ addresses, prefixes }: Carried): string[] {
  return [...addresses, ...prefixes];
}

/** What another component says of an address or prefix. */
export function checkCarried(argument: string, text: string): Problem[] {
  return isPrefix(text) ? checkPrefix(argument, text) : checkAnyAddress(argument, text);
}

/** The first that is another, or in another: to which of the two a packet belongs could not be said. */
export function checkOverlaps(texts: readonly string[]): Problem[] {
  const parsed = texts.map(asPrefix);
  for (const [second, one] of parsed.entries()) {
    for (const [first, other] of parsed.slice(0, second).entries()) {
      if (texts[first] === texts[second])
        return [overlap(second, `${texts[second] ?? ""} is also addresses[${first}].`)];
      if (one === undefined || other === undefined) continue;
      if (isInside(one, other) || isInside(other, one)) {
        return [overlap(second, `${texts[second] ?? ""} overlaps ${texts[first] ?? ""}, addresses[${first}].`)];
      }
    }
  }
  return [];
}

function overlap(index: number, text: string): Problem {
  return problem("duplicate-address", `addresses[${index}]`, text);
}

/** What a preview says of prefixes and IPv6. */
export function describeCarried(plan: {
  readonly router: string;
  readonly prefixes: readonly string[];
  readonly ipv6?: Carried | undefined;
}): string[] {
  const { router, prefixes, ipv6 } = plan;
  const routed = [...prefixes, ...(ipv6?.prefixes ?? [])];
  return [
    ...(ipv6 === undefined || ipv6.addresses.length === 0 ? [] : [`${ipv6.addresses.join(", ")} at ${router} too.`]),
    ...(routed.length === 0
      ? []
      : [`${routed.join(", ")} at ${router}, for the networks behind it: give an interface of its LAN a part of it.`]),
    ...(ipv6 === undefined
      ? []
      : ["IPv6 from these leaves by the tunnels or not at all, whatever `whenDown` says; other IPv6 is left alone."]),
  ];
}
