import { Lab } from "../../../lab/lab";

/** The lab that the whole run shares; a test file begins with it fresh from its snapshot. */
export const labName = process.env.EXTRUDE_TEST_LAB ?? `test-${process.pid}`;

export async function freshLab(): Promise<Lab> {
  const lab = Lab.attach(labName);
  await lab.reset();
  return lab;
}
