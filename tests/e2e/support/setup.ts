import { Lab } from "../../../lab/lab";
import { isRelease } from "../../../lab/recipe";
import { provideToolchain } from "../../../toolchain";
import { labName } from "./lab";

/** The machines are children of this process, and end with it however it ends. */
export default async function setup(): Promise<void> {
  const say = (sentence: string): void => {
    process.stderr.write(`${sentence}\n`);
  };
  await provideToolchain({ onProgress: say });
  if (process.env.EXTRUDE_TEST_LAB !== undefined) return;
  const release = process.env.EXTRUDE_TEST_RELEASE ?? "12";
  if (!isRelease(release)) throw new Error(`EXTRUDE_TEST_RELEASE is ${release}; give a Debian release, 12 or 13.`);
  await Lab.up({ name: labName, release, say });
}
