import { paint, terminalWidth } from "./style";
import type { TunnelStatus } from "./status";

const wide = (dsl: string, cable: string): string => `
   internet host ---- internet ---- rack gateway 77.1.2.1
   198.51.100.10          |                |
                          |         rack 77.1.2.2, answers for 77.1.2.3
                          |            ║                 ║
                          |      tunnel "dsl"     tunnel "cable"
                          |        ${dsl}       ${cable}
                          |            ║                 ║
                       (the tunnels run through the providers)
                                       ║                 ║
                                  DSL 55.1.2.3     cable 99.1.2.3
                                       ║                 ║
                                  site router, holds 77.1.2.3
                                           |
                                    LAN 192.168.1.0/24`;

const narrow = (dsl: string, cable: string): string => `
 internet 198.51.100.10
    |
 rack 77.1.2.2
    |  answers for 77.1.2.3
    ╠═ "dsl"   ${dsl} 55.1.2.3
    ╠═ "cable" ${cable} 99.1.2.3
    |
 router, holds 77.1.2.3
    |
 LAN 192.168.1.0/24`;

/** What was built, with the tunnels as they are now. */
export function picture(tunnels: readonly TunnelStatus[]): string {
  const mark = (name: string): string => {
    const isUp = tunnels.some((tunnel) => tunnel.name === name && tunnel.atRack === "Up" && tunnel.atRouter === "Up");
    // As wide as the place that the drawing has for it.
    return isUp ? paint("green", "[  up  ]") : paint("red", "[ down ]");
  };
  const draw = terminalWidth() >= 76 ? wide : narrow;
  return draw(mark("dsl"), mark("cable"));
}
