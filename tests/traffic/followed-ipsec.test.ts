import { planIke } from "../../planning/ipsec";
import { unitOf } from "../e2e/support/agent";
import { followedSite } from "./support/followed";

jest.setTimeout(600_000);

// ESP is in UDP on all of them, and charon has a port for each tunnel at the router.
const portOf = (line: string): string => `udp port ${planIke(unitOf("uplink", line), {}).sitePort}`;

followedSite({
  lines: { dsl: { encapsulation: "ipsec" }, cable: { encapsulation: "ipsec" }, lte: { encapsulation: "ipsec" } },
  wire: { dsl: portOf("dsl"), cable: portOf("cable"), lte: portOf("lte") },
  // charon tries every few seconds, and ends that have agreed anew do not give up the old associations at once.
  limits: { secondsUp: 30, onReturn: 200 },
});
