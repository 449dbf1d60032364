import { Correspondent } from "./ask";
import { stackHosts } from "./asking";
import { type Network, networkOf } from "./network";
import type { StackChoice } from "./options";
import { type Reading, type SiteStatus, statusOf } from "./site-status";
import { chooseSites, readAll, statusJson } from "./status";

/** What there is to draw. */
export interface Subject {
  readonly network: Network;
  /** Empty where nobody was asked for the state of the moment. */
  readonly statuses: readonly SiteStatus[];
  readonly now: number;
  readonly json: unknown;
  /** Sentences about hosts that could not be asked. */
  readonly unasked: readonly string[];
}

export async function readNetwork(
  names: readonly string[],
  options: StackChoice & { live?: boolean },
): Promise<Subject> {
  const hosts = await stackHosts(options);
  const network = chooseSites(networkOf(hosts), names);
  if (options.live !== true) return { network, statuses: [], now: Date.now(), json: network, unasked: [] };
  const asked = hosts.map((host) => new Correspondent(host));
  const readings: Reading[] = await readAll(asked, network).finally(() => {
    for (const correspondent of asked) correspondent.close();
  });
  const [statuses, now] = [statusOf(network, readings), Date.now()];
  const unasked = readings.flatMap(({ host, refusal }) =>
    refusal === undefined ? [] : [`${refusal.text} 'extrude doctor ${host}' says what mends it.`],
  );
  return { network, statuses, now, json: { ...network, status: statusJson(statuses, readings, now) }, unasked };
}
