import type { Config } from "jest";
import { Lab } from "../../../lab/lab";
import { isLasting, labOf } from "./lab";

export default async function teardown({ maxWorkers }: Required<Pick<Config, "maxWorkers">>): Promise<void> {
  if (isLasting) return;
  for (let worker = 1; worker <= Number(maxWorkers); worker += 1) await Lab.attach(labOf(worker)).down();
}
