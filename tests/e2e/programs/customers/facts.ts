import { readFileSync } from "node:fs";
import type { BondUplinkArgs, ColoEndpointArgs, HostConnectionArgs, SiteUplinkArgs } from "../../../../components";

/** What a test tells the program of one of its stacks, in a file beside it. */
export interface OwnersFacts {
  readonly rack: HostConnectionArgs;
  readonly colo: Omit<ColoEndpointArgs, "host">;
}

export interface CustomersFacts {
  /** The name of the customer, and of the output that is for it. */
  readonly customer: string;
  readonly colo: HostConnectionArgs;
  readonly router: HostConnectionArgs;
  readonly address: string;
  readonly line: Pick<SiteUplinkArgs, "interface" | "address" | "gateway">;
  /** Whether the site has a bond: only one can, of those that share a router. */
  readonly bond?: Omit<BondUplinkArgs, "uplink">;
}

export function readFacts(): unknown {
  return JSON.parse(readFileSync("facts.json", "utf8"));
}
