import { buildStack } from "./config/build";
import { readStackConfig } from "./config/read";

/** The root program: what the stack config describes, so that stacks differ by their Pulumi.<stack>.yaml only. */
export const { addresses, colos, customers, tunnelMtu } = buildStack(readStackConfig());
