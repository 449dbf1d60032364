import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type AgentHost, unitText } from "./agent-host";
import { meteredHost, uplink } from "./agent-metrics-fixture";

/** How often both hosts are scraped. */
export const scrapeSeconds = 60;
export const minutes = 30;

interface Tunnel {
  readonly link: string;
  /** Bytes a second into the tunnel at this host, on average, and out of it. */
  readonly into: number;
  readonly outOf: number;
}

interface Metered {
  readonly instance: string;
  readonly agent: AgentHost;
  readonly tunnels: readonly Tunnel[];
}

/** The three lines of a site, as the colo and the router have them; the names of links differ at the two ends. */
function hostAt(folder: string, instance: "rack" | "router"): Metered {
  mkdirSync(folder);
  const end = instance === "rack" ? "c" : "r";
  const [dsl, cable, lte] = [`x-dsl-${end}`, `x-cable-${end}`, `x-lte-${end}`];
  const agent = meteredHost(folder).holding(
    unitText("colo/toronto", "claim nft x_toronto_a", "[nft]", "table inet x_toronto_a {", "}"),
    uplink("dsl", dsl, "[bfd]", `neighbor fe80::1%'${dsl}';`),
    uplink("cable", cable),
    unitText("uplink/lte", "[ip]", `link add ${lte} type wireguard`),
    unitText(
      "bond/office",
      "[quality]",
      `x_office q 20 10 0 0 fe80::1 ${dsl},${cable},${lte}`,
      "[guard]",
      `x_last 60 ${dsl},${cable},${lte} 77.1.2.3`,
    ),
  );
  agent.write("module/wireguard/x", "");
  agent.write("run/charon/toronto.conf", "");
  agent.write("run/bird.pid", `${process.pid}\n`);
  const [down, up] = [1_500_000, 250_000];
  const [into, outOf] = instance === "rack" ? [down, up] : [up, down];
  const tunnels = [
    { link: dsl, into: into / 4, outOf: outOf / 4 },
    { link: cable, into, outOf },
    { link: lte, into: into / 10, outOf: outOf / 10 },
  ];
  return { instance, agent, tunnels };
}

/** Of the half hour dsl is dead from the 9th to the 14th minute, and all lines in the 22nd and 23rd. */
function isUp(link: string, minute: number): boolean {
  const isCutOff = minute === 22 || minute === 23;
  return !isCutOff && !(link.startsWith("x-dsl") && minute >= 9 && minute < 14);
}

const count = (from: number, to: number, happens: (minute: number) => boolean): number =>
  Array.from({ length: to - from }, (_, index) => from + index).filter(happens).length;

/** What the kernel, BIRD, WireGuard and the watcher know at a minute. */
function tell({ agent, tunnels, instance }: Metered, minute: number, moment: number): void {
  const sessions: string[] = [];
  const quality: string[] = [];
  const changes: string[] = [];
  for (const { link, into, outOf } of tunnels) {
    const isAlive = isUp(link, minute);
    // Traffic swells and ebbs, and flows only while the line is up.
    const busy = Array.from({ length: minute }, (_, each) => (isUp(link, each) ? 1 + 0.5 * Math.sin(each / 4) : 0));
    const seconds = 60 * busy.reduce((sum, each) => sum + each, 0);
    const dead = count(0, minute, (each) => !isUp(link, each));
    const statistics = {
      ...{ rx_bytes: outOf * seconds, rx_packets: (outOf * seconds) / 900, rx_errors: minute >> 2, rx_dropped: dead },
      ...{ tx_bytes: into * seconds, tx_packets: (into * seconds) / 900, tx_errors: 6 * dead, tx_dropped: 2 * dead },
    };
    agent.write(`net/${link}/mtu`, "1420\n");
    for (const [file, value] of Object.entries(statistics)) {
      agent.write(`net/${link}/statistics/${file}`, `${Math.round(value)}\n`);
    }
    sessions.push(`fe80::1 ${link} ${isAlive ? "Up" : "Down"} 10:00:00.000 0.200 0.600`);
    const loss = link.startsWith("x-lte") ? 5 + (minute % 3) * 5 : isAlive ? 0 : 100;
    const latency = isAlive ? (link.startsWith("x-lte") ? 60 : 18) + 4 * Math.sin(minute / 4) : "-";
    if (instance === "router") quality.push(`${link} ${loss > 20 ? 1 : 0} 0 ${loss} ${latency}`);
    for (const to of ["up", "down"]) {
      const times = count(
        1,
        minute + 1,
        (each) => isUp(link, each) !== isUp(link, each - 1) && isUp(link, each) === (to === "up"),
      );
      changes.push(`${times} tunnel ${link} is ${to}`);
    }
  }
  agent.write("sessions", `${sessions.join("\n")}\n`);
  agent.write("run/quality", `${quality.join("\n")}\n`);
  agent.write("run/counted.tunnels", `${changes.join("\n")}\n`);
  agent.write("run/counted.repairs", `${minute < 12 ? 1 : 3} repaired\n`);
  const lte = tunnels.at(-1)?.link ?? "";
  agent.write("bin/wg", `#!/bin/sh\nprintf '${lte}\\tPUBLIC-KEY\\t${moment - (moment % 120)}\\n'\n`);
  agent.write(
    "proc-xfrm",
    `XfrmInStateProtoError  \t${minute > 25 ? 30 : 0}\nXfrmOutNoStates  \t${5 * (minute >> 2)}\n`,
  );
  agent.write("ruleset", ruleset(minute));
  const begin = moment - 60 * minute;
  agent.write("bin/stat", confirmed(begin - 90_000, minute < changedAt ? begin - 90_000 : begin + 60 * changedAt));
}

/** The minute in which the bond was changed. */
const changedAt = 17;

/** As `stat` tells when units were confirmed: the bond, and all others. */
function confirmed(others: number, bond: number): string {
  const name = "extrude_unit_applied_timestamp_seconds";
  return [
    "#!/bin/sh",
    `for each; do case $each in */bond/*) at=${bond} ;; *) at=${others} ;; esac`,
    `case $each in */*/*/*/*) echo "${name}{unit=\\"$each\\"} $at" ;; esac; done`,
    "",
  ].join("\n");
}

function ruleset(minute: number): string {
  return [
    "table inet x_toronto_a {",
    "\tchain antispoof {",
    `\t\tiifname @held udp dport 3784 counter packets ${40 * minute} bytes 900 drop`,
    `\t\tiifname @tunnels counter packets ${3 * minute * minute} bytes 400 drop`,
    "\t}",
    "}",
  ].join("\n");
}

/** A metric's samples, each with its labels. */
interface Family {
  readonly type: string;
  readonly samples: string[];
}

/** Takes what a host says at a moment in, as Prometheus would: with the host's name, and the moment. */
function take(families: Map<string, Family>, text: string, instance: string, moment: number): void {
  for (const [, name = "", type = ""] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    if (!families.has(name)) families.set(name, { type, samples: [] });
  }
  for (const [, name = "", , labels, value = ""] of text.matchAll(/^(\w+)(\{(.*)\})? (\S+)$/gm)) {
    const all = [`instance="${instance}"`, 'job="node"', ...(labels === undefined ? [] : [labels])].join(",");
    families.get(name)?.samples.push(`${name}{${all}} ${value} ${moment}`);
  }
}

/**
 * What the metrics verbs of a colo and a router say in half an hour in which much happens, in the form in which promtool
 * takes what was measured before. It ends at `end`, in seconds since 1970.
 */
export function simulatedHistory(folder: string, end: number): string {
  const families = new Map<string, Family>();
  for (const host of [hostAt(join(folder, "rack"), "rack"), hostAt(join(folder, "router"), "router")]) {
    for (let minute = 0; minute <= minutes; minute += 1) {
      const moment = end - (minutes - minute) * scrapeSeconds;
      tell(host, minute, moment);
      const { status, stdout, stderr } = host.agent.call(["metrics"]);
      if (status !== 0 || stderr !== "") throw new Error(`The metrics verb failed: ${stderr}`);
      take(families, stdout, host.instance, moment);
    }
  }
  // OpenMetrics knows a counter by its name without the end.
  const blocks = [...families].map(([name, { type, samples }]) =>
    [`# TYPE ${name.replace(/_total$/, "")} ${type}`, ...samples].join("\n"),
  );
  return `${blocks.join("\n")}\n# EOF\n`;
}
