import { planBond } from "../../planning/bond";
import { planQuality, type QualityArguments } from "../../planning/quality";
import { renderUnit } from "../../rendering/unit";
import { bondArguments, complaints, rendered, sentencesOf } from "./fixtures";

const refused = (quality: QualityArguments): string[] => complaints(planBond(bondArguments({ quality })));

test("what returns has to be clearly better than what went", () => {
  expect(planQuality(undefined)).toBeUndefined();
  expect(planQuality({})).toEqual({ loss: 20, returnLoss: 10 });
  expect(planQuality({ loss: 5, latency: 400 })).toEqual({ loss: 5, returnLoss: 2, latency: 400, returnLatency: 320 });
  expect(planQuality({ loss: 40, returnLoss: 25 })).toEqual({ loss: 40, returnLoss: 25 });
});

test("limits that are none, or between which nothing is, are refused by their names", () => {
  for (const loss of [0, 100, 1.5, -1]) expect(refused({ loss })).toEqual(["quality-invalid quality.loss"]);
  for (const latency of [0, 10_001]) expect(refused({ latency })).toEqual(["quality-invalid quality.latency"]);
  expect(refused({ loss: 10, returnLoss: 10 })).toEqual(["quality-invalid quality.returnLoss"]);
  expect(refused({ latency: 100, returnLatency: 100 })).toEqual(["quality-invalid quality.returnLatency"]);
  expect(refused({ returnLatency: 100 })).toEqual(["quality-invalid quality.returnLatency"]);
  expect(refused({ loss: 1, latency: 10_000 })).toEqual([]);
});

test("only the router judges lines, and only where that is asked for", () => {
  const [atColo, atRouter] = rendered.bond(bondArguments({ quality: { loss: 40, returnLoss: 25, latency: 500 } }));
  expect(atColo?.sections.quality).toBeUndefined();
  expect(atRouter?.sections.quality).toEqual([
    expect.stringMatching(/^x_office_\w+ poor 40 25 500 400 fe80::1 x-dsl-\w+,x-cable-\w+$/),
  ]);
  expect(atRouter?.header).toContain("require command fping fping");
  const plain = rendered.bond().map(renderUnit).join("");
  expect(plain).not.toContain("poor");
  expect(plain).not.toContain("fping");
});

test("the preview says when a line is left, and when it returns", () => {
  expect(sentencesOf(planBond(bondArguments({ quality: {} })))).toContain(
    "A line that loses more than 20 % of pings there and back, is left until it loses 10 % or less, while another is alive.",
  );
  expect(sentencesOf(planBond(bondArguments({ quality: { latency: 500 } })))).toContainEqual(
    expect.stringContaining(
      "or answers after more than 500 ms, is left until it loses 10 % or less and answers within 400 ms",
    ),
  );
});
