import { asPrefix, checkPrefix, isInside, parsePrefix, type Prefix, privateSpace } from "./addresses";
import type { Colo } from "./colo";
import { type Problem, problem } from "./problems";

/** Private networks by whom they belong to, a name of the user's: those of one owner reach each other at the colo. */
export type Networks = Readonly<Record<string, readonly string[]>>;

const space = privateSpace.map(parsePrefix);

function checkNetwork(argument: string, text: string): Problem[] {
  const malformed = checkPrefix(argument, text, "ipv4");
  const network = parsePrefix(text);
  if (malformed.length > 0 || network === undefined) return malformed;
  return space.some((outer) => outer !== undefined && isInside(network, outer))
    ? []
    : [problem("network-not-private", argument, `${text} is not a private network.`)];
}

interface Given {
  readonly argument: string;
  readonly text: string;
}

/** Whose a packet is, follows from its address. */
function checkApart(all: readonly Given[]): Problem[] {
  const parsed = all.map(({ text }) => asPrefix(text));
  return all.flatMap(({ argument, text }, index) => {
    const first = all.slice(0, index).find((_, at) => overlap(parsed[at], parsed[index]));
    if (first === undefined) return [];
    return [problem("network-overlaps", argument, `${text} overlaps ${first.text}, which is ${first.argument}.`)];
  });
}

function overlap(one: Prefix | undefined, other: Prefix | undefined): boolean {
  return one !== undefined && other !== undefined && (isInside(one, other) || isInside(other, one));
}

/** The networks that a colo's program gives to owners of its own, and to customers. */
export function checkColoNetworks(own: Networks = {}, ofCustomers: Networks = {}): Problem[] {
  const lists = [
    ...Object.entries(own).map(([owner, texts]) => ({ texts, argument: `networks.${owner}` })),
    ...Object.entries(ofCustomers).map(([name, texts]) => ({ texts, argument: `customers.${name}.networks` })),
  ];
  const given = lists.flatMap(({ texts, argument }) =>
    texts.map((text, index) => ({ text, argument: `${argument}[${index}]` })),
  );
  return [
    ...lists.flatMap(({ texts, argument }) => (texts.length > 0 ? [] : [problem("list-empty", argument, "is empty.")])),
    ...given.flatMap(({ argument, text }) => checkNetwork(argument, text)),
    ...checkApart(given),
  ];
}

/** Who is named in both is one owner. */
export function joinNetworks(own: Networks = {}, ofCustomers: Networks = {}): Networks {
  const owners = new Set([...Object.keys(own), ...Object.keys(ofCustomers)]);
  return Object.fromEntries(
    [...owners].map((owner) => [owner, [...(own[owner] ?? []), ...(ofCustomers[owner] ?? [])]]),
  );
}

/** The networks of a site: private ones, apart from each other, and each in one that the colo's program names. */
export function checkSiteNetworks(networks: readonly string[] | undefined, colo: Colo): Problem[] {
  if (networks === undefined) return [];
  if (networks.length === 0) return [problem("list-empty", "networks", "is empty.")];
  const { customer } = colo;
  const known = customer === undefined ? Object.values(colo.networks ?? {}).flat() : (customer.networks ?? []);
  const given = networks.map((text, index) => ({ text, argument: `networks[${index}]` }));
  return [
    ...given.flatMap(({ argument, text }) => {
      const malformed = checkNetwork(argument, text);
      return malformed.length > 0 ? malformed : checkGiven(argument, text, known);
    }),
    ...checkApart(given),
  ];
}

function checkGiven(argument: string, text: string, known: readonly string[]): Problem[] {
  const network = asPrefix(text);
  const isGiven = known.some((one) => {
    const outer = asPrefix(one);
    return network !== undefined && outer !== undefined && isInside(network, outer);
  });
  const named = known.length === 0 ? "nothing" : known.join(", ");
  return isGiven
    ? []
    : [problem("network-not-given", argument, `${text} is not in what the colo's program names, ${named}.`)];
}

/** What a preview says of a site's networks. */
export function describeNetworks(networks: readonly string[]): string[] {
  return networks.length === 0
    ? []
    : [
        `${networks.join(", ")}: reached over the tunnels from the colo's own services and from sites of the same owner, untranslated; never by the lines themselves.`,
      ];
}

/** The same of a colo, a sentence for each owner. */
export function describeColoNetworks(networks: Networks): string[] {
  return Object.entries(networks).map(
    ([owner, texts]) => `Networks in ${texts.join(", ")} are ${owner}'s: they reach each other, and nobody else's.`,
  );
}
