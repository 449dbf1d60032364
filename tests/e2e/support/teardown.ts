import { Lab } from "../../../lab/lab";
import { labName } from "./lab";

export default async function teardown(): Promise<void> {
  if (process.env.EXTRUDE_TEST_LAB === undefined) await Lab.attach(labName).down();
}
