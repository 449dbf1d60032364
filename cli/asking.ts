import { type Answer, ask, Correspondent, type Told } from "./ask";
import type { Question } from "../rendering/unit";
import type { StackChoice } from "./options";
import { readStack } from "./pulumi";
import { chooseHosts, hostsOf, type StackHost } from "./state";

/** The hosts of a stack, from its state; those that are named, or all. */
export async function stackHosts(choice: StackChoice, names: readonly string[] = []): Promise<readonly StackHost[]> {
  return chooseHosts(hostsOf(await readStack(choice)), names);
}

/** Asks all of them at once. */
export async function askAll(hosts: readonly StackHost[], probes: (host: StackHost) => string): Promise<Answer[]> {
  return Promise.all(hosts.map((host) => ask(host, probes(host))));
}

/** Puts one question to all of them at once, to each with its own input. */
export async function putAll(
  hosts: readonly StackHost[],
  question: Question,
  input: (host: StackHost) => string,
  timeoutMs: number,
): Promise<Told[]> {
  return Promise.all(
    hosts.map(async (host) => {
      const correspondent = new Correspondent(host);
      return correspondent.put(question, input(host), timeoutMs).finally(() => {
        correspondent.close();
      });
    }),
  );
}
