/** Provides the toolchain on the machine that the first argument describes; another process may kill this one. */
import { provideIn } from "../../../toolchain";
import type { Surroundings } from "../../../toolchain/surroundings";

const around = JSON.parse(process.argv[2] ?? "{}") as Omit<Surroundings, "say">;
const say = (message: string): void => {
  process.stdout.write(`${message}\n`);
};
provideIn({ ...around, say }).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
