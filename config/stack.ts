import type { z } from "zod";
import type { Host } from "./hosts";
import type { addressSchema, coloSchema, siteSchema } from "./schema";
import type { Uplink } from "./uplinks";

/** A stack config that was checked: every name in it names something, every file was read. */
export interface StackConfig {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly colos: ReadonlyMap<string, z.infer<typeof coloSchema>>;
  readonly addresses: ReadonlyMap<string, z.infer<typeof addressSchema>>;
  readonly uplinks: ReadonlyMap<string, Uplink>;
  readonly sites: ReadonlyMap<string, z.infer<typeof siteSchema>>;
}
