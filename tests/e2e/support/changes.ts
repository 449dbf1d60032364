import { handwritten, unitOf } from "./agent";

/** One change of one unit, made from the text that the host has. Removals have no text afterwards. */
export interface Change {
  readonly title: string;
  readonly host: "colo" | "router";
  readonly unit: string;
  readonly after: (before: string) => string | undefined;
}

const change = (title: string, host: "colo" | "router", unit: string, find: RegExp | string, put: string): Change => ({
  title,
  host,
  unit,
  after: (before) => {
    const after = before.replace(find, put);
    if (after === before) throw new Error(`There is nothing to change for "${title}" in:\n${before}`);
    return after;
  },
});

const extra = unitOf("bond", "extra");
const [bond, dsl] = [unitOf("bond", "office"), unitOf("uplink", "dsl")];

export const changes: readonly Change[] = [
  change("another weight", "router", bond, /weight 1\b/g, "weight 5"),
  change("another weight at the colo", "colo", bond, /weight 1\b/g, "weight 5"),
  change("another hold time", "router", bond, /^(x_\S+_last) 5 /m, "$1 7 "),
  change("another rule of nftables", "router", bond, "counter drop", "counter packets 0 bytes 0 drop"),
  change("a set element less", "router", bond, /^add element .* lines \{ "eth1" \}\n/m, ""),
  change("one more routing rule", "router", bond, "[ip]\n", "[ip]\nrule add priority 9660 lookup 1234567\n"),
  change("a tunnel made anew", "router", dsl, "ttl 64", "ttl 63"),
  change("another MTU", "router", dsl, /mtu 1476 up/, "mtu 1400 up"),
  change("another detection time", "router", dsl, "interval 200 ms", "interval 250 ms"),
  change("one more sysctl", "router", dsl, "[sysctl]\n", "[sysctl]\nnet/ipv4/conf/eth3/rp_filter = 2\n"),
  change(
    "one more route at the colo",
    "colo",
    unitOf("address", "vpn"),
    /^(route add )(\S+)( dev.*)$/m,
    "$1$2$3\n$177.1.2.99/32$3",
  ),
  change(
    "filters made anew at the colo",
    "colo",
    unitOf("colo", "toronto"),
    "counter drop",
    "counter packets 0 bytes 0 drop",
  ),
  {
    title: "a new unit",
    host: "router",
    unit: extra,
    after: () =>
      handwritten("extra", "[nft]", "table inet x_extra {", "}", "[ip]", "rule add priority 9661 lookup 7654321"),
  },
  { title: "a unit removed", host: "router", unit: bond, after: () => undefined },
];
