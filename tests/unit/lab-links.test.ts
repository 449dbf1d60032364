import * as fc from "fast-check";
import { applySettings, parseSettings, renderLink } from "../../lab/links";
import { twoLines } from "../../lab/topologies/two-lines/topology";
import { providers, type LinkState, type ProviderSpec } from "../../lab/topology";

function provider(name: string): ProviderSpec {
  const found = providers(twoLines).find((spec) => spec.name === name);
  if (!found) throw new Error(`no provider ${name}`);
  return found;
}
const dsl = provider("dsl");
const { defaults } = dsl;

describe("applySettings", () => {
  test("what is not named stays as it is", () => {
    expect(applySettings(defaults, {})).toEqual(defaults);
    const slow = applySettings(defaults, { delay: 40 });
    expect(slow.down).toEqual({ ...defaults.down, delayMs: 40 });
    expect(slow.up).toEqual({ ...defaults.up, delayMs: 40 });
    expect(slow.sourceFilter).toBe(true);
  });

  test("understands quantities with units", () => {
    const { down } = applySettings(defaults, {
      rate: "20mbit",
      delay: "0.1s",
      loss: "2.5%",
      jitter: "5ms",
      queue: 250,
    });
    expect(down).toMatchObject({ rateKbit: 20_000, delayMs: 100, lossPercent: 2.5, jitterMs: 5, queueMs: 250 });
  });

  test("oneWay confines a change to its direction", () => {
    const up = applySettings(defaults, { blackhole: true, oneWay: "up" });
    expect(up.up.blackhole).toBe(true);
    expect(up.down).toEqual(defaults.down);
    const down = applySettings(up, { loss: 3, oneWay: "down" });
    expect(down.down.lossPercent).toBe(3);
    expect(down.up).toEqual(up.up);
  });

  test("down is the carrier, and blackholeTo a list that is replaced", () => {
    expect(applySettings(defaults, { down: true }).carrier).toBe(false);
    expect(applySettings(applySettings(defaults, { down: true }), { down: false })).toEqual(defaults);
    const first = applySettings(defaults, { blackholeTo: "77.1.2.2" });
    expect(first.blackholeTo).toEqual(["77.1.2.2"]);
    expect(applySettings(first, { blackholeTo: [] })).toEqual(defaults);
  });

  test.each([
    [{ rate: "10 apples" }, /rate: "10 apples" is not understood/],
    [{ loss: 101 }, /loss: "101" is not understood/],
    [{ delay: "-5ms" }, /delay: "-5ms" is not understood/],
    [{ blackholeTo: "77.1.2.2; reboot" }, /blackholeTo: "77.1.2.2; reboot" is not an address/],
  ])("refuses %j", (settings, message) => {
    expect(() => applySettings(defaults, settings)).toThrow(message);
  });
});

describe("parseSettings", () => {
  test("reads words of a command line", () => {
    expect(parseSettings(["loss=2%", "oneWay=up", "blackhole", "down=no", "blackholeTo=1.2.3.4,5.6.7.8"])).toEqual({
      loss: "2%",
      oneWay: "up",
      blackhole: true,
      down: false,
      blackholeTo: ["1.2.3.4", "5.6.7.8"],
    });
  });

  test.each([
    ["los=2%", /"los" is not a setting of a link. Known: rate, delay/],
    ["oneWay=both", /write oneWay=up or oneWay=down/],
    ["nat=maybe", /write nat=true or nat=false/],
  ])("refuses %s", (word, message) => {
    expect(() => parseSettings([word])).toThrow(message);
  });
});

describe("renderLink", () => {
  const render = (settings: Parameters<typeof applySettings>[1], from: LinkState = defaults): string =>
    renderLink(dsl, applySettings(from, settings));

  test("the topology's line, as an engineer would write it", () => {
    expect(render({})).toMatchSnapshot();
  });

  test("towards the customer is the line's side, away from it the core's", () => {
    const text = render({ delay: 99, oneWay: "up" });
    expect(text).toMatch(/dev core .*delay 99ms/);
    expect(text).toMatch(/dev line .*delay 15ms/);
  });

  test("a blackhole drops in its direction only", () => {
    expect(render({ blackhole: true, oneWay: "up" })).toMatch(/iifname "line" drop/);
    expect(render({ blackhole: true, oneWay: "up" })).not.toMatch(/oifname "line" drop/);
    const both = render({ blackhole: true });
    expect(both).toMatch(/iifname "line" drop/);
    expect(both).toMatch(/oifname "line" drop/);
  });

  test("one unreachable destination, NAT, and no source filter", () => {
    const text = render({ blackholeTo: "77.1.2.2", nat: true, sourceFilter: false });
    expect(text).toContain('iifname "line" ip daddr 77.1.2.2 drop');
    expect(text).toContain('oifname "line" ip saddr 77.1.2.2 drop');
    expect(text).toContain("masquerade");
    expect(text).not.toContain("ip saddr !=");
  });

  test("an unshaped direction has no netem at all", () => {
    expect(renderLink(provider("rack"), provider("rack").defaults)).not.toContain("netem");
  });

  test("the buffer holds what is in flight and at least a few packets", () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 100_000 }), fc.integer({ min: 0, max: 500 }), (rateKbit, delayMs) => {
        const limit = Number(/limit (\d+)/.exec(render({ rate: rateKbit, delay: delayMs }))?.[1]);
        const inFlight = (rateKbit * delayMs) / 8 / 1514;
        expect(limit).toBeGreaterThanOrEqual(20);
        expect(limit).toBeGreaterThanOrEqual(inFlight);
      }),
    );
  });
});
