import type { Config } from "jest";
import { Lab } from "../../../lab/lab";
import { provideToolchain } from "../../../toolchain";
import { isLasting, labOf, labPrefix, testRelease } from "./lab";

/** A lab for each process that runs tests. The machines are children of this process, and end with it however it ends. */
export default async function setup({ maxWorkers }: Required<Pick<Config, "maxWorkers">>): Promise<void> {
  const workers = Number(maxWorkers);
  const say = (sentence: string): void => {
    process.stderr.write(`${sentence}\n`);
  };
  await provideToolchain({ onProgress: say });
  if (isLasting) {
    if (workers > 1) throw new Error("EXTRUDE_TEST_LAB names one lab, for tests one after the other: add --runInBand.");
    return;
  }
  const release = testRelease();
  process.env[labPrefix] = `test-${process.pid}`;
  for (let worker = 1; worker <= workers; worker += 1) await Lab.up({ name: labOf(worker), release, say });
}
