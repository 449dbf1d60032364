import { encapsulations } from "../../planning/encapsulation";
import { framingNames } from "../../planning/shaping";
import { planUplink } from "../../planning/uplink";
import { complaints, planOf, rendered, sentencesOf, uplinkArguments } from "./fixtures";

const shaped = { shape: true, rate: { up: 10, down: 50 } };
const queues = (over: Parameters<typeof uplinkArguments>[0]): string[] =>
  rendered.uplink(uplinkArguments({ ...shaped, ...over })).flatMap(({ sections }) => [...(sections.shaping ?? [])]);

test("a line is shaped at the router, its tunnel at the colo, a little below the rates", () => {
  const [down, up] = queues({});
  expect(down).toMatch(/^x-dsl-\w+ cake bandwidth 49750kbit diffserv4 rtt 300ms overhead 24 mpu 0 noatm$/);
  expect(up).toBe("eth1 cake bandwidth 9950kbit diffserv4 rtt 300ms overhead 0 mpu 0 noatm");
  expect(sentencesOf(planUplink(uplinkArguments(shaped)))).toContainEqual(
    "Packets wait in queues of cake's instead of the line's, urgent ones first (DSCP): 9.95 Mbit/s on eth1 of router, 49.8 Mbit/s into the tunnel at the colo.",
  );
});

test("only in the directions whose rate is known, and not at all unless asked for", () => {
  expect(queues({ rate: { up: 10 } })).toHaveLength(1);
  expect(queues({ rate: { down: 10 } })).toEqual([expect.stringMatching(/^x-dsl-/)]);
  expect(queues({ shape: false })).toEqual([]);
  expect(planOf(planUplink(uplinkArguments())).shaping).toBeUndefined();
});

test("the colo counts what each encapsulation and the line add", () => {
  const overheads = encapsulations.map((encapsulation) => {
    const [down = ""] = queues({ encapsulation });
    return [encapsulation, Number(/ overhead (\d+) /.exec(down)?.[1])];
  });
  expect(Object.fromEntries(overheads)).toEqual({ gre: 24, "gre-ipsec": 70, ipsec: 62, wireguard: 60 });
  expect(queues({ framing: "ethernet" })).toEqual([
    expect.stringMatching(/ overhead 62 mpu 84 noatm$/),
    expect.stringMatching(/ overhead 38 mpu 84 noatm$/),
  ]);
  expect(queues({ framing: "pppoe-llcsnap" })[1]).toMatch(/ overhead 40 mpu 0 atm$/);
});

test("every framing is one that is known, and goes with shaping only", () => {
  for (const framing of framingNames) {
    expect(complaints(planUplink(uplinkArguments({ ...shaped, framing })))).toEqual([]);
  }
  expect(complaints(planUplink(uplinkArguments({ ...shaped, framing: "atm" })))).toEqual(["choice-invalid framing"]);
  expect(complaints(planUplink(uplinkArguments({ framing: "docsis" })))).toEqual(["argument-unused framing"]);
  expect(complaints(planUplink(uplinkArguments({ shape: true, rate: {} })))).toEqual(["shape-without-rate rate"]);
});

test("a line that comes and goes may be away", () => {
  const over = { encapsulation: "wireguard", address: "dynamic", gateway: undefined } as const;
  expect(queues(over)[1]).toMatch(/^-eth1 cake /);
});
