import { Lab } from "../../../lab/lab";
import { codenames, isRelease, type Release } from "../../../lab/recipe";

/** Set for the processes that run tests: how the names of their labs begin. */
export const labPrefix = "EXTRUDE_TEST_LAB_PREFIX";

/** Whether the lab is one that somebody keeps up, for tests one after the other. */
export const isLasting = process.env.EXTRUDE_TEST_LAB !== undefined;

/** The Debian release that the lab's hosts have. */
export function testRelease(): Release {
  const release = process.env.EXTRUDE_TEST_RELEASE ?? "12";
  if (isRelease(release)) return release;
  throw new Error(`EXTRUDE_TEST_RELEASE is ${release}; give a Debian release: ${Object.keys(codenames).join(", ")}.`);
}

/** The lab of the process number `worker` of those that run tests side by side, from 1. */
export function labOf(worker: number): string {
  return process.env.EXTRUDE_TEST_LAB ?? `${process.env[labPrefix] ?? ""}-${worker}`;
}

/** This process's own lab, running. */
export function ownLab(): Lab {
  return Lab.attach(labOf(Number(process.env.JEST_WORKER_ID ?? 1)));
}

/** This process's own lab, fresh from its snapshot: a test file begins with it. */
export async function freshLab(): Promise<Lab> {
  const lab = ownLab();
  await lab.reset();
  return lab;
}
