import type { Topology } from "../topology";
import { twoLines } from "./two-lines/topology";

export const topologies: readonly Topology[] = [twoLines];

export function topologyNamed(name: string): Topology {
  const found = topologies.find((topology) => topology.name === name);
  if (found) return found;
  const known = topologies.map((topology) => topology.name).join(", ");
  throw new Error(`There is no topology "${name}". Known: ${known}.`);
}
