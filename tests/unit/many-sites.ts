import { type Line, type Network, networkOf, type Site } from "../../cli/network";
import type { SiteStatus } from "../../cli/site-status";
import { stackHost } from "./cli-fixture";

export const network = networkOf([stackHost("rack"), stackHost("router")]);
export const now = 10_000_000;

/** Sites as the example's, with one to four lines; some names are as long as they may be, unless they are `plain`. */
export function many(count: number, { plain = false } = {}): Network {
  const [first] = network.sites;
  if (first === undefined) throw new Error("the example has no site");
  const longest = "a".repeat(60);
  const sites = Array.from({ length: count }, (_, index): Site => {
    const name = index === 7 && !plain ? longest : `branch-${index + 1}`;
    const lines = Array.from({ length: 1 + (index % 4) }, (_each, place): Line => {
      const line = first.lines[place % 2];
      if (line === undefined) throw new Error("the example has no line");
      const own = index === 9 && !plain ? longest : `${line.name}${place}`;
      return { ...line, name: own, unit: `${name}/${place}`, router: name };
    });
    const addresses = Array.from({ length: 1 + (index % 5) }, (_each, place) => `77.1.${index}.${place}`);
    return { ...first, name, router: name, addresses, lines };
  });
  return { ...network, sites };
}

/** Every line of a network in one of the states there are. */
export function lively({ sites }: Network): SiteStatus[] {
  const states = ["up", "standby", "down", "unknown"] as const;
  return sites.map((site) => ({
    site,
    lines: site.lines.map((line, index) => ({
      ...{ line, share: 50, since: now - 999_000, toSite: 123_456_789, fromSite: 98_765_432 },
      ...{ state: states[index % 4] ?? "up", lossPercent: 100, latencyMs: 1234.5 },
    })),
  }));
}
