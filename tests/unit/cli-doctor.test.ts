import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Refusal } from "../../cli/ask";
import { isOlder } from "../../cli/diagnose-host";
import { probesOf } from "../../cli/diagnose-tunnel";
import { diagnose, renderFindings } from "../../cli/doctor";
import { parseFacts } from "../../cli/facts";
import { catalogue, type Finding, type FindingCode } from "../../cli/findings";
import { packageRoot } from "../../lab/paths";
import { healthy, healthyFacts, healthyProbes, reading, stackHost, tunnelsOf } from "./cli-fixture";
import { rendered, uplinkArguments } from "./fixtures";

const [rack, router] = [stackHost("rack"), stackHost("router")];
const [dsl = ""] = tunnelsOf(router);
const isDown = [`tunnel ${dsl} Down since 07:00`];

interface Said {
  /** Lines that a host says besides those of a healthy one. */
  readonly rack?: readonly string[];
  readonly router?: readonly string[];
  readonly rackProbes?: readonly string[];
  readonly routerProbes?: readonly string[];
}

/** Two hosts that are healthy but for what is said here. */
function hosts(said: Said): Answer[] {
  return [
    {
      host: rack,
      facts: healthyFacts(rack, ...(said.rack ?? [])),
      probed: healthyProbes(rack, ...(said.rackProbes ?? [])),
    },
    {
      host: router,
      facts: healthyFacts(router, ...(said.router ?? [])),
      probed: healthyProbes(router, ...(said.routerProbes ?? [])),
    },
  ];
}

/** The same with a WireGuard tunnel on the line dsl that is down, and what its ends say of their keys: OWN PEER AGE. */
function encrypted(said: { readonly rack: string; readonly router: string }): Answer[] {
  const units = rendered.uplink(uplinkArguments({ encapsulation: "wireguard" })).map(reading);
  return [rack, router].map((host) => {
    const replaced = units.find((each) => each.host === host.name);
    const changed = { ...host, units: host.units.map((each) => (each.name === replaced?.name ? replaced : each)) };
    const keys = `wireguard ${dsl} ${said[host.name as "rack" | "router"]}`;
    const digest = `unit ${replaced?.name ?? ""} ${host.name} ${replaced?.digest ?? ""}`;
    const facts = healthyFacts(host, ...isDown, keys);
    const others = facts.units.filter(({ name }) => name !== replaced?.name);
    return {
      host: changed,
      facts: { ...facts, units: [...others, ...parseFacts(digest, 0, 0).units] },
      probed: healthyProbes(host),
    };
  });
}

function refused(problem: Refusal["problem"]): Answer[] {
  return [healthy().rack, { host: router, refusal: { problem, text: "It says no." } }];
}

const unit = (kind: string, name: string): string => `acme/net/prod/${kind}/${name}`;
const silent = [`link before ${dsl} 1 10 10`, `link after ${dsl} 1 10 15`];
const noWay = ["path eth1 55.1.2.3 77.1.2.2 0"];

const absent = { name: unit("bond", "new"), host: "rack", digest: "00", lines: [] };

/** What each finding comes of. */
const causes: Record<FindingCode, Answer[]> = {
  unresolved: refused("unresolved"),
  unreachable: refused("unreachable"),
  "host-key-differs": refused("host-key-differs"),
  "login-refused": refused("login-refused"),
  "sudo-refused": refused("sudo-refused"),
  unanswered: refused("unanswered"),
  "agent-missing": refused("agent-missing"),
  "agent-outdated": refused("agent-outdated"),
  "change-broken": hosts({ router: [`broken ${unit("bond", "office")}: [ip] 'link add x': File exists`] }),
  "watcher-stopped": hosts({ router: ["stopped extrude-watch.service"] }),
  "unit-missing": [{ host: { ...rack, units: [...rack.units, absent] }, facts: healthyFacts(rack) }],
  "unit-differs": hosts({ rack: [`unit ${unit("bond", "office")} rack 00`] }),
  "unit-unknown": hosts({ rack: [`unit ${unit("bond", "old")} rack 00`, "unit acme/net/other/bond/old rack 00"] }),
  drifted: hosts({ router: ["drift [ip] missing: rule add priority 9020 oif eth1 lookup 7"] }),
  "requirement-missing": hosts({ router: [`require ${unit("uplink", "dsl")} there is no interface eth1 here.`] }),
  "claimed-twice": hosts({ rack: ["claim acme/net/other/address/vpn address 77.1.2.3"] }),
  "address-overlaps": hosts({ router: ["address eth3 77.1.2.77/25"] }),
  "filter-foreign": hosts({ rack: ["filter forward ip filter FORWARD docker -"] }),
  "rule-foreign": hosts({ router: ["rule 9600:\tfrom 10.0.0.0/8 lookup 7"] }),
  "clock-skewed": hosts({ router: [] }).map((answer) =>
    answer.host === router && answer.facts !== undefined
      ? { ...answer, facts: { ...answer.facts, clock: { ...answer.facts.clock, shown: 900_000 } } }
      : answer,
  ),
  "carrier-missing": hosts({ router: isDown, routerProbes: ["link after eth1 0 15 15"] }),
  "gateway-silent": hosts({ router: isDown, routerProbes: [...noWay, "gateway eth1 55.1.2.1 no"] }),
  "path-dead": hosts({ router: isDown, routerProbes: noWay }),
  "tunnel-filtered": hosts({ router: isDown, rack: isDown, rackProbes: silent }),
  "keys-differ": encrypted({ router: "SITE COLO 3", rack: "COLO OTHER never" }),
  "certificate-refused": hosts({ router: isDown, rack: [...isDown, `ike ${dsl} untrusted`] }),
  "tunnel-down": hosts({ router: isDown }),
  "esp-filtered": hosts({ router: [`encapsulated ${dsl}`] }),
  "mtu-too-large": hosts({ routerProbes: ["path eth1 55.1.2.3 77.1.2.2 1400"] }),
  "mtu-unknown": hosts({ routerProbes: noWay }),
};

const codesOf = (findings: readonly Finding[]): string[] => findings.map(({ host, code }) => `${host} ${code}`);

test("there is nothing to find in two healthy hosts", () => {
  expect(diagnose(Object.values(healthy()), "0.1.0")).toEqual([]);
});

describe.each(Object.entries(causes) as [FindingCode, Answer[]][])("%s", (code, answers) => {
  const findings = diagnose(answers, "0.1.0");

  test("is all that is found, with its fix", () => {
    expect(findings).toMatchSnapshot();
    expect(findings.map((each) => each.code)).toEqual([code]);
    for (const { fix, severity } of findings) {
      expect(fix).not.toBe("");
      expect(severity).toBe(catalogue[code]);
    }
  });

  test("is a heading of the documentation", () => {
    const page = readFileSync(join(packageRoot, "docs", "cli", "doctor.md"), "utf8");
    expect(page.split("\n")).toContain(`### ${code}`);
  });
});

test("the documentation has no heading of a finding that does not exist", () => {
  const page = readFileSync(join(packageRoot, "docs", "cli", "doctor.md"), "utf8");
  const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
  expect([...headings].sort()).toEqual(Object.keys(catalogue).sort());
});

describe("tunnels", () => {
  test("one that is filtered one way only is named by its way", () => {
    const back = diagnose(
      hosts({ router: isDown, routerProbes: [`link before ${dsl} 1 10 10`, `link after ${dsl} 1 10 15`] }),
      "0",
    );
    expect(back[0]?.text).toMatch(/does not from 77\.1\.2\.2 to 55\.1\.2\.3\.$/);
  });

  test("a missing rule explains a tunnel that is down, and a missing interface everything above", () => {
    const rule = router.units
      .flatMap(({ lines }) => lines)
      .find((line) => line.startsWith("rule add priority 9020 oif eth1"));
    const torn = hosts({ router: [...isDown, `drift [ip] missing: ${rule ?? ""}`] });
    expect(codesOf(diagnose(torn, "0"))).toEqual(["router drifted"]);
    const nowhere = hosts({ router: [...isDown, `drift [ip] missing: ${rule ?? ""}`], routerProbes: noWay });
    expect(codesOf(diagnose(nowhere, "0"))).toEqual(["router drifted"]);
    const without = hosts({
      router: [...isDown, `require ${unit("uplink", "dsl")} there is no interface eth1 here.`],
      routerProbes: noWay,
    });
    expect(codesOf(diagnose(without, "0"))).toEqual(["router requirement-missing"]);
  });

  test("a missing rule does not hide a filter that was seen", () => {
    const rule = router.units.flatMap(({ lines }) => lines).find((line) => line.startsWith("rule add priority 9010"));
    const torn = hosts({ router: [...isDown, `drift [ip] missing: ${rule ?? ""}`], rackProbes: silent });
    expect(codesOf(diagnose(torn, "0"))).toEqual(["router drifted", "router tunnel-filtered"]);
  });

  test("a bird that does not run is found once, not once for each tunnel", () => {
    const facts = { ...healthyFacts(router, "drift [bird] extrude-bird is not running"), tunnels: {} };
    expect(codesOf(diagnose([{ host: router, facts, probed: healthyProbes(router) }], "0"))).toEqual([
      "router drifted",
    ]);
  });

  test("each line is probed with the size of its own MTU, and a colo counts only", () => {
    expect(probesOf(router)).toBe(
      [
        "path eth1 55.1.2.3 77.1.2.2 1500",
        "times eth1 77.1.2.2 15",
        "gateway eth1 55.1.2.1",
        "path ppp0 99.1.2.3 77.1.2.2 1500",
        "times ppp0 77.1.2.2 15",
        "counters\n",
      ].join("\n"),
    );
    expect(probesOf(rack)).toBe("counters\n");
    expect(probesOf({ ...rack, units: [] })).toBe("");
  });
});

describe("encrypted tunnels", () => {
  test("one without a session is filtered, or so it looks from its ends", () => {
    for (const age of ["never", "181"]) {
      const [found, ...rest] = diagnose(encrypted({ router: `SITE COLO ${age}`, rack: `COLO SITE ${age}` }), "0");
      expect(rest).toEqual([]);
      expect(found?.text).toMatch(/WireGuard \(UDP port \d+\) does not between 55\.1\.2\.3 and 77\.1\.2\.2\.$/);
    }
  });

  test("one with a session is down for another reason", () => {
    const found = diagnose(encrypted({ router: "SITE COLO 180", rack: "COLO SITE 180" }), "0");
    expect(codesOf(found)).toEqual(["router tunnel-down"]);
  });

  test("the rule that keeps a line's packets on it is nobody else's", () => {
    const rules = [
      "claim acme/net/prod/uplink/dsl mark 0x1/0xff0000ff",
      "rule 9040:\tfrom all fwmark 0x1/0xff0000ff unreachable",
    ];
    expect(diagnose(hosts({ router: rules }), "0")).toEqual([]);
    const other = "rule 9040:\tfrom all fwmark 0x2/0xff0000ff unreachable";
    expect(codesOf(diagnose(hosts({ router: [other] }), "0"))).toEqual(["router rule-foreign"]);
  });
});

describe("packages and addresses", () => {
  test("all missing packages are one finding with one command", () => {
    const lacks = ["package nftables", "package bird2"].map((lack) => `require ${unit("host", "rack")} ${lack}`);
    const [found, ...rest] = diagnose(hosts({ rack: [...lacks, "without ping"] }), "0");
    expect(found?.fix).toBe("on rack: sudo apt-get install bird2 iputils-ping nftables");
    expect(rest).toEqual([]);
  });

  test("the colo's own network contains the addresses, but it may not hold one itself", () => {
    const found = diagnose(hosts({ rack: ["address eth0 77.1.2.3/24"] }), "0");
    expect(codesOf(found)).toEqual(["rack address-overlaps"]);
  });
});

describe("rules", () => {
  const rules = (...lines: string[]): string[] =>
    codesOf(diagnose(hosts({ router: [...lines.map((line) => `rule ${line}`), "default 99", "default 51820"] }), "0"));

  test("one that takes everything before the bond is found, one with a selector or behind it is not", () => {
    expect(rules("5000:\tfrom all lookup 99")).toEqual(["router rule-foreign"]);
    expect(rules("9009:\tnot from all fwmark 0xca6c lookup 51820")).toEqual(["router rule-foreign"]);
    expect(rules("220:\tfrom all lookup 220", "5270:\tfrom all lookup 52")).toEqual([]);
    expect(rules("5210:\tfrom all fwmark 0x80000/0xff0000 lookup main", "9650:\tfrom all lookup 99")).toEqual([]);
    expect(
      rules("9500:\tnot from 255.255.255.255 lookup main suppress_prefixlength 0", "9700:\tfrom all unreachable"),
    ).toEqual([]);
  });

  test("another stack's are extrude's too", () => {
    const other = ["claim acme/net/other/colo/x table 4242", "rule 9100:\tfrom all lookup 4242"];
    expect(codesOf(diagnose(hosts({ rack: other }), "0"))).toEqual([]);
  });
});

describe("filters of others", () => {
  const found = (host: "rack" | "router", ...lines: string[]): string[] =>
    diagnose(hosts({ [host]: lines }), "0").map(({ code, fix }) => `${code}: ${fix}`);
  const forward = "filter forward ip filter FORWARD";

  test("are told by whose they are, and need their own rules for both ways at the colo", () => {
    expect(found("rack", `${forward} docker -`)).toEqual([
      "filter-foreign: on rack: sudo iptables -I DOCKER-USER -o x-+ -j ACCEPT && sudo iptables -I DOCKER-USER -i x-+ -j ACCEPT",
    ]);
    expect(found("rack", `${forward} ufw out`)).toEqual([
      "filter-foreign: on rack: sudo ufw route allow in on x-+ && sudo ufw route allow out on x-+",
    ]);
    expect(found("rack", "filter forward inet firewalld filter_FORWARD firewalld -")).toEqual([
      "filter-foreign: see docs/neighbours.md#firewalld",
    ]);
    expect(found("rack", "filter forward inet mine own - in")).toEqual([
      "filter-foreign: see docs/neighbours.md#other-filters",
    ]);
    expect(found("rack", `${forward} docker,ufw in,out`)).toEqual([]);
  });

  test("need one for the way out only at the site, where answers belong to connections", () => {
    expect(found("router", `${forward} ufw -`)).toEqual(["filter-foreign: on router: sudo ufw route allow out on x-+"]);
    expect(found("router", `${forward} docker -`)[0]).toContain("-i x-+ -m conntrack --ctstate RELATED,ESTABLISHED");
    expect(found("router", `${forward} docker out`)).toEqual([]);
  });

  test("for packets to the host itself count while no tunnel is up", () => {
    const input = "filter input ip6 filter INPUT ufw -";
    const down = tunnelsOf(router).map((tunnel) => `tunnel ${tunnel} Down since 07:00`);
    const fix = "on router: sudo ufw allow in on x-+ proto udp from fe80::/10 to any port 3784";
    expect(found("router", input)).toEqual([]);
    expect(found("router", input, ...down)).toContain(`filter-foreign: ${fix}`);
    expect(found("router", "filter input ip filter INPUT ufw -", ...down).join()).not.toContain("filter-foreign");
  });

  test("do not matter where no bond is", () => {
    const alone = { ...rack, units: rack.units.slice(0, 1) };
    const facts = parseFacts(`clock 1000\nagent 0\n${forward} docker -`, 1_000_000, 1_000_200);
    expect(diagnose([{ host: alone, facts }], "0").map(({ code }) => code)).not.toContain("filter-foreign");
  });
});

describe("clocks", () => {
  const clocks = (...shown: number[]): Finding[] =>
    diagnose(
      shown.map((seconds, place) => ({
        host: { ...stackHost("rack"), name: `host${place}`, units: [] },
        facts: parseFacts(`clock ${seconds}\nagent 0`, 1_000_000, 1_003_000),
      })),
      "0",
    );

  test("may differ by 5 s, and by what the answer took to come", () => {
    expect(clocks(995, 1008)).toEqual([]);
    expect(clocks(994.9, 1008.1).map(({ host, text }) => `${host}: ${text}`)).toEqual([
      "host0: Its clock is 5 s behind this machine's.",
      "host1: Its clock is 5 s ahead of this machine's.",
    ]);
  });

  test("that agree with each other say that this machine's is wrong", () => {
    expect(clocks(500, 501).map(({ host, text }) => `${host}: ${text}`)).toEqual([
      "this machine: All hosts agree, but this machine's clock is 500 s ahead of theirs.",
    ]);
    expect(clocks(500).map(({ host }) => host)).toEqual(["host0"]);
  });
});

test("versions are compared by their numbers", () => {
  const pairs: [string, string][] = [
    ["0.9.0", "0.10.0"],
    ["0.1.0", "0.1.0"],
    ["1.0.0", "0.9.9"],
    ["0.1", "0.1.1"],
  ];
  expect(pairs.map(([one, two]) => isOlder(one, two))).toEqual([true, false, false, true]);
  const found = diagnose(hosts({}), "0.2.0");
  expect(codesOf(found)).toEqual(["rack agent-outdated", "router agent-outdated"]);
});

test("what is printed begins with the worst", () => {
  const found = diagnose(
    hosts({
      router: ["stopped extrude-watch.service"],
      rack: ["drift [bird] extrude-bird is not running"],
      routerProbes: noWay,
    }),
    "0",
  );
  expect(renderFindings(["rack", "router"], found)).toMatchSnapshot();
  expect(renderFindings(["rack"], [])).toBe("rack: nothing is wrong.\n");
});
