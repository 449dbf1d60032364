import type { StackEntries } from "../../config/schema";
import type { Lab } from "../../lab/lab";
import { withstand } from "./support/fault-bench";
import { coloAlone, freshSite } from "./support/site";
import { TestStack } from "./support/stack";

jest.setTimeout(900_000);

let lab: Lab;
let site: TestStack;

beforeAll(async () => {
  ({ lab, stack: site } = await freshSite());
});

afterAll(async () => {
  site.dispose();
  await lab.detach();
});

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);

/** What sshd has turned away for want of room (MaxStartups), or as a penalty (PerSourcePenalties, OpenSSH 9.8). */
async function refusedDials(): Promise<number> {
  const { stdout } = await lab.host("colo").exec("journalctl -b -u ssh -o cat --grep 'drop connection' | wc -l");
  return Number(stdout);
}

test("[F30] eight programs that change one host at once all succeed, and all leave it as it was", async () => {
  const colo = { ...coloAlone(lab), addresses: {} };
  const stacks = await Promise.all(names(8).map((name) => TestStack.create("dev", colo, name)));
  const comeAndGo = async (): Promise<void> => {
    await Promise.all(stacks.map((stack) => stack.up()));
    const { stdout } = await lab.host("colo").exec("extrudectl drift && extrudectl status");
    expect(stdout.match(/^unit organization\/n\d\/dev\/(host|colo)\//gm)).toHaveLength(16);
    await Promise.all(stacks.map((stack) => stack.destroy()));
  };
  await withstand(lab, comeAndGo, { mayLose: "some", same: ["colo"] });
  for (const stack of stacks) stack.dispose();
});

test("[F31] 50 units of one program on one host all succeed, however many dials sshd turns away", async () => {
  const colo = coloAlone(lab);
  const addresses: StackEntries["addresses"] = Object.fromEntries(
    names(48).map((name, index) => [name, { colo: "toronto", address: `77.1.2.${100 + index}`, acquire: "routed" }]),
  );
  const stack = await TestStack.create("dev", { ...colo, addresses }, "many");
  const bringUp = async (): Promise<void> => {
    // Pulumi's default with eight processors: more than sshd takes at once (MaxStartups).
    expect((await stack.up(undefined, "--parallel=32")).changed).toHaveLength(50);
  };
  await withstand(lab, bringUp, { mayLose: "some" });
  const { stdout } = await lab.host("colo").exec("extrudectl drift && extrudectl status");
  expect(stdout.match(/^unit organization\/many\//gm)).toHaveLength(50);
  expect(await refusedDials()).toBeGreaterThan(0);
  stack.dispose();
});
