import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { diffStates, readState } from "../../lab/state";
import { freshLab } from "./support/lab";
import { rackAlone } from "./support/site";
import { TestStack } from "./support/stack";

jest.setTimeout(600_000);

const directory = "/var/tmp/textfiles";
const file = `${directory}/extrude.prom`;

let lab: Lab;
let stack: TestStack;

beforeAll(async () => {
  lab = await freshLab();
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

async function read(): Promise<string> {
  return (await lab.host("colo").exec(`cat ${file}`, { allowFailure: true })).stdout;
}

test("a host keeps a file of its metrics up to date, puts its timer back after a boot, and leaves nothing", async () => {
  const colo = lab.host("colo");
  await colo.exec(`mkdir -p ${directory}`);
  const before = await readState(colo);
  stack = await TestStack.create("dev", rackAlone(lab, { metrics: directory }));
  await stack.up();
  await poll("the file to be there", async () => /^extrude_agent_info\{/m.test(await read()));
  expect((await colo.exec(`stat -c %a ${file}`)).stdout.trim()).toBe("644");
  expect(await read()).toMatch(
    /^extrude_unit_applied_timestamp_seconds\{unit="organization\/e2e\/dev\/host\/rack"\} \d+$/m,
  );
  expect(await read()).toMatch(/^extrude_drift 0$/m);
  await colo.exec(`rm ${file}`);
  await poll("it to be written again", async () => (await read()) !== "", { deadlineMs: 120_000 });
  await colo.reboot();
  await colo.exec(`rm -f ${file}`);
  await poll("it to be written after the boot", async () => (await read()) !== "", { deadlineMs: 120_000 });
  await stack.destroy();
  // Whoever looked around before the boot had loaded modules, which it forgets.
  const left = diffStates(before, await readState(colo)).filter((difference) => !difference.includes(": modules - "));
  expect(left).toEqual([]);
  expect((await colo.exec(`ls ${directory}; systemctl list-units --all 'extrude*' --plain --no-legend`)).stdout).toBe(
    "",
  );
});
