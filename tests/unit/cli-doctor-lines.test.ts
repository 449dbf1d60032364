import type { Answer } from "../../cli/ask";
import { linesOf, renderLines } from "../../cli/doctor-lines";
import { parseFacts, type Probed } from "../../cli/facts";
import type { StackHost } from "../../cli/state";
import { measureRates, type Rates } from "../../cli/tunnel-rates";
import { healthy, healthyFacts, healthyProbes, reading, stackHost, tunnelsOf } from "./cli-fixture";
import { rendered, uplinkArguments } from "./fixtures";

const [rack, router] = [stackHost("rack"), stackHost("router")];
const [dsl = "", cable = ""] = tunnelsOf(router);

/** Both hosts with the line dsl in another encapsulation, and what each says of it. */
function encrypted(
  args: Parameters<typeof uplinkArguments>[0],
  said: Readonly<Record<"rack" | "router", string>>,
): Answer[] {
  const units = rendered.uplink(uplinkArguments(args)).map(reading);
  return [rack, router].map((host) => {
    const own = units.find((each) => each.host === host.name);
    const changed = { ...host, units: host.units.map((each) => (each.name === own?.name ? own : each)) };
    return {
      host: changed,
      facts: healthyFacts(host, said[host.name as "rack" | "router"]),
      probed: healthyProbes(changed),
    };
  });
}

const natOf = (answers: readonly Answer[]) => linesOf(answers)[0]?.nat;

describe("a line", () => {
  test("has what pings over it have shown, whether its tunnel is up or not", () => {
    const probed: Probed = healthyProbes(router, "ping eth1 15 12 18.25", "path ppp0 99.1.2.3 77.1.2.2 0");
    const [first, second] = linesOf([healthy().rack, { ...healthy().router, probed }]);
    expect(first).toEqual({
      ...{ line: "dsl", host: "router", tunnel: dsl, isReached: true, mtu: 1500, latencyMs: 18.25, lossPercent: 20 },
      nat: { kind: "none", seenFrom: "55.1.2.3" },
    });
    expect(second).toEqual({
      ...{ line: "cable", host: "router", tunnel: cable, isReached: false },
      nat: { kind: "none", seenFrom: "99.1.2.3" },
    });
  });

  test("with plain GRE that does not come up may be behind anything", () => {
    const facts = healthyFacts(rack, `tunnel ${dsl} Down since 07:00`);
    expect(natOf([{ ...healthy().rack, facts }, healthy().router])).toBeUndefined();
    expect(natOf([{ host: rack, refusal: { problem: "unreachable", text: "" } }, healthy().router])).toBeUndefined();
  });

  const wireguard = { encapsulation: "wireguard", address: "dynamic" } as const;
  const site = `wireguard ${dsl} SITE COLO 3 51820 77.1.2.2:50001`;

  test.each([
    ["none", "55.1.2.3:51820", { kind: "none", seenFrom: "55.1.2.3", port: "kept" }],
    ["one that keeps ports", "198.51.100.7:51820", { kind: "own", seenFrom: "198.51.100.7", port: "kept" }],
    ["one that changes them", "198.51.100.7:4242", { kind: "own", seenFrom: "198.51.100.7", port: "changed" }],
  ])("with WireGuard behind %s is known by where its packets come from", (_, endpoint, nat) => {
    const answers = encrypted(wireguard, { router: site, rack: `wireguard ${dsl} COLO SITE 3 50001 ${endpoint}` });
    expect(natOf(answers)).toEqual(nat);
  });

  test("that has an address of RFC 6598 is behind its provider's NAT", () => {
    const answers = encrypted(wireguard, {
      router: `${site}\naddress eth1 100.64.3.9/10`,
      rack: `wireguard ${dsl} COLO SITE 3 50001 198.51.100.7:4242`,
    }).map((answer) => ({
      ...answer,
      ...(answer.facts === undefined
        ? {}
        : {
            facts: {
              ...answer.facts,
              addresses: answer.facts.addresses.filter((one) => one.address !== "55.1.2.3/24"),
            },
          }),
    }));
    expect(natOf(answers)?.kind).toBe("carrier");
    expect(renderLines(linesOf(answers))).toContain("the provider's: 198.51.100.7, other ports");
  });

  test("with WireGuard over IPv6 is not said to be behind a NAT for having an address of IPv4 too", () => {
    const answers = encrypted(wireguard, {
      router: site,
      rack: `wireguard ${dsl} COLO SITE 3 50001 [2001:db8::7]:51820`,
    });
    expect(natOf(answers)).toBeUndefined();
  });

  test("with IPsec is known by where its security associations' packets come from", () => {
    const answers = encrypted({ encapsulation: "ipsec", address: "dynamic" }, { router: "", rack: "" });
    const lines = answers[0]?.host.units.flatMap((unit) => unit.lines) ?? [];
    const number = lines.map((line) => / type xfrm .*if_id (\S+)/.exec(line)?.[1]).find((found) => found !== undefined);
    const hex = `0x${Number(number).toString(16)}`;
    const esp = parseFacts(`esp ${hex} 77.1.2.2 4500\nesp ${hex} 198.51.100.7 61234`, 0, 0).esp;
    const [first, ...rest] = answers;
    if (first?.facts === undefined) throw new Error("There is no rack.");
    expect(natOf([{ ...first, facts: { ...first.facts, esp } }, ...rest])).toEqual({
      kind: "own",
      seenFrom: "198.51.100.7",
    });
  });
});

test("lines are a table, with rates where they were asked for", () => {
  const probed = healthyProbes(router, "ping eth1 15 15 8.4", "path ppp0 99.1.2.3 77.1.2.2 0", "ping ppp0 15 0 -");
  const answers = [healthy().rack, { ...healthy().router, probed }];
  expect(renderLines(linesOf(answers))).toMatchInlineSnapshot(`
    " line   reaches the colo  MTU   latency  loss   behind NAT
     dsl    yes               1500  8.4 ms   0 %    no
     cable  no                -     -        100 %  no
    "
  `);
  expect(renderLines(linesOf(answers, { [dsl]: { up: 2_340_000, down: 16_020_000 } }))).toMatchInlineSnapshot(`
    " line   reaches the colo  MTU   latency  loss   behind NAT  down         up
     dsl    yes               1500  8.4 ms   0 %    no          16.0 Mbit/s  2.34 Mbit/s
     cable  no                -     -        100 %  no          -            -
    "
  `);
  expect(renderLines([])).toBe("");
});

describe("rates", () => {
  /** Lines that carry so much each way, in bit/s, as the two ends of a stack would count it. */
  const network =
    (carried: Readonly<Record<string, Rates>>, asked: string[] = []): Parameters<typeof measureRates>[2] =>
    (hosts, question, input) => {
      const questions = Object.fromEntries(hosts.map((host) => [host.name, input(host)]));
      asked.push(JSON.stringify(questions));
      const offered = (host: string, tunnel: string): number => {
        const sent = new RegExp(`^send ${tunnel} \\S+ (\\d+) (\\d+)$`, "m").exec(questions[host] ?? "");
        return 94 * 8 * Number(sent?.[1] ?? 0) * Number(sent?.[2] ?? 0);
      };
      return Promise.resolve(
        hosts.map((host: StackHost) => {
          const from = host.name === "rack" ? "router" : "rack";
          const way = host.name === "rack" ? "up" : "down";
          const stdout = [...(questions[host.name] ?? "").matchAll(/^count (\S+)$/gm)]
            .map(([, tunnel = ""]) => {
              const rate = Math.min(offered(from, tunnel), carried[tunnel]?.[way] ?? 0);
              return `counted ${tunnel} ${(2 * rate) / 8} 2\n`;
            })
            .join("");
          expect(question).toBe("rate");
          return { host, result: { code: 0, stdout, stderr: "", asked: 0, answered: 0 } };
        }),
      );
    };

  test("are what arrives of more and more, each way for itself, one line after the other", async () => {
    const said: string[] = [];
    const asked: string[] = [];
    const carried = { [dsl]: { up: 2e6, down: 5e7 }, [cable]: { up: 1e9, down: 0 } };
    const found = await measureRates([rack, router], (line) => said.push(line), network(carried, asked));
    expect(found).toEqual({ [dsl]: { up: 2e6, down: 5e7 }, [cable]: { up: 94 * 8 * 58_100 * 11 } });
    expect(said).toEqual(["dsl", "cable"]);
    // Up is known at once, and not filled again; both ends are asked for one direction alone.
    expect(asked).toHaveLength(3 + 4);
    expect(JSON.parse(asked[1] ?? "")).toEqual({
      rack: `send ${dsl} fe80::ffff:ffff:ffff:fffe 42600 1\n`,
      router: `count ${dsl}\n`,
    });
  });

  test("need both ends", async () => {
    expect(await measureRates([router], () => undefined, network({}))).toEqual({});
    const silent = (hosts: readonly StackHost[]) =>
      Promise.resolve(hosts.map((host) => ({ host, refusal: { problem: "unreachable", text: "" } as const })));
    expect(await measureRates([rack, router], () => undefined, silent)).toEqual({ [dsl]: {}, [cable]: {} });
  });
});
