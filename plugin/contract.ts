import type { Input } from "@pulumi/pulumi";
import type { ColoIPv6, CustomerReference } from "./references";

/** What a colo's stack tells other stacks of it. */
export interface ColoContract {
  /** What it is a contract of: colo. */
  readonly extrude: Input<string>;
  /** Of the contract's form, not of the release. */
  readonly version: Input<number>;
  /** The name of the colo's unit. */
  readonly unit: Input<string>;
  /** The logical name of its host. */
  readonly host: Input<string>;
  readonly address: Input<string>;
  readonly prefix?: Input<string | undefined>;
  readonly interface: Input<string>;
  readonly gateway?: Input<string | undefined>;
  readonly ipv6?: Input<ColoIPv6 | undefined>;
  /** Private networks of sites, by whom they belong to. */
  readonly networks?: Input<Record<string, string[]> | undefined>;
  /** The customer that it is for; none for whoever is root on the host. */
  readonly customer?: Input<CustomerReference | undefined>;
}
