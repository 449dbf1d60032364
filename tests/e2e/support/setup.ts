import { Lab } from "../../../lab/lab";
import { provideToolchain } from "../../../toolchain";
import { labName } from "./lab";

/** The machines are children of this process, and end with it however it ends. */
export default async function setup(): Promise<void> {
  const say = (sentence: string): void => {
    process.stderr.write(`${sentence}\n`);
  };
  await provideToolchain({ onProgress: say });
  if (process.env.EXTRUDE_TEST_LAB === undefined) await Lab.up({ name: labName, say });
}
