import type { Facts, Filter } from "./facts";
import { type Finding, finding, onHost } from "./findings";

/**
 * Filters of others that stop what tunnels carry, or their liveness. A packet has to pass all filters of a host, so that
 * no rule of extrude's can let through what another's chain drops: their own rules have to.
 */
export function diagnoseFilters(host: string, facts: Facts): Finding[] {
  const role = roleOf(facts);
  if (role === undefined) return [];
  return facts.filters.flatMap((filter): Finding[] => {
    const { hook, family, table, chain } = filter;
    const lacks = hook === "forward" ? lacksForward(filter, role) : lacksInput(filter, facts);
    if (!lacks) return [];
    const what = hook === "forward" ? "packets for and from tunnels" : "BFD, by which the ends know of each other";
    const text = `The chain ${chain} of the table ${family} ${table} (hook ${hook}) drops what no rule of it accepts, and none names the tunnels: ${what} may end there.`;
    return [finding("filter-foreign", host, text, remedy(host, filter, role))];
  });
}

type Role = "colo" | "site";

function roleOf({ claims }: Facts): Role | undefined {
  if (claims.some(({ what }) => what === "default-route")) return "site";
  return claims.some(({ what }) => what.startsWith("delivery ")) ? "colo" : undefined;
}

/** At the site, answers come in as part of connections that began inside. */
function lacksForward({ family, ways }: Filter, role: Role): boolean {
  const needed = role === "colo" ? ["in", "out"] : ["out"];
  return family !== "ip6" && needed.some((way) => !ways.includes(way));
}

/** BFD is IPv6 on every tunnel. Where a tunnel is up, it gets through. */
function lacksInput({ family, ways }: Filter, { tunnels }: Facts): boolean {
  return family !== "ip" && !ways.includes("in") && !Object.values(tunnels).includes("Up");
}

/** Each in the neighbour's own words, so that it lasts. */
function remedy(host: string, { hook, neighbours }: Filter, role: Role): string {
  const page = (neighbour: string): string => `see docs/neighbours.md#${neighbour}`;
  if (neighbours.includes("firewalld")) return page("firewalld");
  if (hook === "input") {
    const bfd = "allow in on x-+ proto udp from fe80::/10 to any port 3784";
    return neighbours.includes("ufw") ? onHost(host, `sudo ufw ${bfd}`) : page("other-filters");
  }
  if (neighbours.includes("docker")) {
    const answers = role === "colo" ? "" : " -m conntrack --ctstate RELATED,ESTABLISHED";
    const rules = [`-o x-+`, `-i x-+${answers}`];
    return onHost(host, rules.map((rule) => `sudo iptables -I DOCKER-USER ${rule} -j ACCEPT`).join(" && "));
  }
  if (neighbours.includes("ufw")) {
    const ways = role === "colo" ? ["in", "out"] : ["out"];
    return onHost(host, ways.map((way) => `sudo ufw route allow ${way} on x-+`).join(" && "));
  }
  return page("other-filters");
}
