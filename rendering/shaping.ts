import type { Shaper } from "../planning/shaping";
import type { UplinkPlan } from "../planning/uplink";

/** What a unit adds for a queue of its own at one end. */
interface Addition {
  readonly header: readonly string[];
  readonly shaping: readonly string[];
}

const nothing: Addition = { header: [], shaping: [] };
const required = ["require command tc iproute2", "require module sch_cake"];

export function shapingAtColo({ shaping, tunnel }: UplinkPlan): Addition {
  return shaping?.down === undefined ? nothing : { header: required, shaping: [cake(tunnel, shaping.down)] };
}

/** A line whose address changes may be away just now. */
export function shapingAtRouter({ shaping, interface: device, address }: UplinkPlan): Addition {
  if (shaping?.up === undefined) return nothing;
  const absent = address === undefined ? "-" : "";
  return { header: [`claim qdisc ${device}`, ...required], shaping: [absent + cake(device, shaping.up)] };
}

/** Four classes by DSCP, the flows inside them side by side, an interval for the longest round trips of the internet's. */
function cake(device: string, { rate, overhead, least, cells }: Shaper): string {
  return `${device} cake bandwidth ${rate}kbit diffserv4 rtt 300ms overhead ${overhead} mpu ${least} ${cells}`;
}
