import { slots, turns } from "../planning/balance";
import type { BondPlan } from "../planning/bond";
import { cameMark, pathMark } from "../planning/names";
import { hasMark, hexadecimal, markBits, otherBits, setMark } from "./marks";

/*
 * `balance: "adaptive"`. The end that sees a connection first places it; the other answers by the tunnel that it comes by.
 * The router keeps that in the connection's mark, as it tracks connections anyway. The colo does not: a table that is full
 * makes Linux drop packets, those of other sites too. It remembers flows in a map instead, whose room may run out without
 * harm: then the connection's number decides.
 */

/** The chain that marks for a path: the first is `path1`. */
export function chainOf(index: number): string {
  return `path${index + 1}`;
}

/** Of jhash, so that both ends of a rule, and all rules, find the same number. */
const seed = "seed 7";

/** What spreads connections that come to the colo: the other end's address and port, whose number never changes. */
export function connectionNumber(ip: "ip" | "ip6"): string {
  return `jhash ${ip} saddr . th sport mod ${slots} ${seed}`;
}

/** The number of a packet's flow, and of the flow that answers it: 32 bits, so that two flows seldom share one. */
function flowNumber(ip: "ip" | "ip6", way: "own" | "answer"): string {
  const [source, destination] = way === "own" ? ["saddr", "daddr"] : ["daddr", "saddr"];
  const [from, to] = way === "own" ? ["sport", "dport"] : ["dport", "sport"];
  return `jhash ${ip} ${source} . ${ip} ${destination} . th ${from} . th ${to} mod 4294967295 ${seed}`;
}

/** How many flows the colo remembers, and for how long after the site's last packet. */
const flows = { most: 65_536, for: "5m" } as const;

const withPorts = "meta l4proto { tcp, udp }";

function cameChain(index: number): string {
  return `came${index + 1}`;
}

/** Chains of the colo's table that mark what comes out of tunnels, for its table of flows. */
export function cameBy(paths: number): string[] {
  return [
    "	map came { type ifname : verdict; }",
    ...numbers(paths).flatMap((index) => [`	chain ${cameChain(index)} {`, `		${setMark("meta", cameMark(index))}`, "	}"]),
    "	chain came_by {",
    "		type filter hook prerouting priority mangle; policy accept;",
    "		iifname vmap @came",
    "	}",
  ];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * A table of its own, since whoever lists a table lists all flows in it. A packet that comes out of a tunnel says by which
 * path its answers go; the marks say it all, and are gone or a path's at the end.
 */
export function flowsTable(symbol: string, paths: number, hasIPv6: boolean): string[] {
  const families = hasIPv6 ? (["ip", "ip6"] as const) : (["ip"] as const);
  const learn = (index: number): string[] => {
    const path = hexadecimal(pathMark(index));
    const known = `{ ${hexadecimal(cameMark(index))}, ${path} }`;
    return [
      `	chain learn${index + 1} {`,
      ...families.flatMap((ip) => [
        `		meta mark set ${flowNumber(ip, "answer")} map @known`,
        // An element that is there already would keep the path that it has.
        `		meta mark & ${markBits} != ${known} delete @known \\`,
        `			{ ${flowNumber(ip, "answer")} : ${path} }`,
        `		update @known { ${flowNumber(ip, "answer")} : ${path} }`,
      ]),
      "	}",
    ];
  };
  const marks = [cameMark, pathMark].flatMap((mark) => numbers(paths).map((index) => hexadecimal(mark(index))));
  return [
    `table inet ${symbol} {`,
    // Of a number, whichever. With jhash in its place, nft 1.0.6 breaks down as soon as anybody lists the ruleset.
    `	map known { typeof numgen inc mod 2 : meta mark; size ${flows.most}; flags dynamic,timeout; timeout ${flows.for}; }`,
    ...numbers(paths).flatMap(learn),
    "	chain recall {",
    ...families.map((ip) => `		meta mark set ${flowNumber(ip, "own")} map @known`),
    "	}",
    "	chain arriving {",
    "		type filter hook prerouting priority mangle + 1; policy accept;",
    ...numbers(paths).map((index) => `		${hasMark("meta", cameMark(index))} ${withPorts} jump learn${index + 1}`),
    `		meta mark & ${markBits} {`,
    ...marks.map((mark) => `			${mark},`),
    `		} meta mark set meta mark & ${otherBits}`,
    `		meta mark & ${markBits} == 0 ${withPorts} jump recall`,
    "	}",
    "	chain own {",
    "		type route hook output priority mangle + 1; policy accept;",
    `		meta mark & ${markBits} == 0 ${withPorts} jump recall`,
    "	}",
    "}",
  ];
}

/** A bond's elements in the colo's map of tunnels. */
export function cameElements({ balance, colo }: BondPlan): string[] {
  if (balance?.placing === undefined) return [];
  return balance.down.map(
    ({ path }, index) => `add element inet ${colo.names.symbol} came { "${path.tunnel}" : goto ${cameChain(index)} }`,
  );
}

/**
 * Chains of the site's table. A new connection takes its turn, by what the agent has found free or else by the weights; the
 * first after a while gets the path with the most room. Afterwards it stays with the tunnel that it really takes, which is
 * another one as soon as its own is dead.
 */
export function placingChains({ balance }: BondPlan): string[] {
  if (balance?.placing === undefined) return [];
  const { placing, up } = balance;
  const weights = placing.capacities.map(({ weight }) => weight);
  const best = weights.indexOf(Math.max(...weights));
  const follow = (device: "iifname" | "oifname"): string[] =>
    up.map(({ path }, index) => `		${device} "${path.tunnel}" ct direction original ${setMark("ct", pathMark(index))}`);
  const byTurn = placing.turns.map((path, turn) => `			${turn} : goto ${chainOf(path)},`);
  return [
    `	map room { typeof numgen inc mod ${turns} : verdict; flags timeout; }`,
    "	chain best {",
    `		numgen inc mod 1 offset ${turns} vmap @room`,
    `		goto ${chainOf(best)}`,
    "	}",
    "	chain place {",
    // Names and the time are asked for all the time, and fill nothing.
    `		${withPorts} th dport != { 53, 123 } limit rate 2/second burst 1 packets goto best`,
    `		numgen inc mod ${turns} vmap @room`,
    `		numgen inc mod ${turns} vmap {`,
    ...byTurn,
    "		}",
    "	}",
    "	chain connection {",
    ...up.map((_path, index) => `		${hasMark("ct", pathMark(index))} goto ${chainOf(index)}`),
    "		ct state new goto place",
    "	}",
    "	chain arrive {",
    "		type filter hook prerouting priority mangle + 20; policy accept;",
    ...follow("iifname"),
    "	}",
    "	chain depart {",
    "		type filter hook postrouting priority mangle; policy accept;",
    ...follow("oifname"),
    "	}",
  ];
}

/** What the agent fills a site's map by: how many turns there are, and what each path's tunnel carries, in Mbit/s. */
export function roomLines({ balance, symbol }: BondPlan): string[] {
  if (balance?.placing === undefined) return [];
  const { placing, up } = balance;
  const words = placing.capacities.map(({ weight, rate }, index) =>
    [up[index]?.path.tunnel, weight, rate.up ?? 0, rate.down ?? 0].join(":"),
  );
  return [[symbol, turns, ...words].join(" ")];
}
