import { interfaceName } from "../../../planning/names";
import { unitOf } from "../../e2e/support/agent";
import { tunnelsUp, tunnelUp } from "../../e2e/support/site";
import type { RunningSite } from "./encryption";
import { secondsSince } from "./probing";

const lte = interfaceName(unitOf("uplink", "lte"));

/** Tests of LTE as a line that somebody dials, which `declare` makes of it. */
export function dialledLine(site: RunningSite, secondsToUse: number, declare: () => Promise<unknown>): void {
  // The lab's kernel has no PPP: another device from one point to another stands in, as does its provider's end.
  const dial = async (address: string): Promise<void> => {
    await site.lab().namespace("lte").exec(`ip route replace ${address}/32 dev dialin`);
    await site
      .lab()
      .host("router")
      .exec(
        `ip link del ppp0 2>/dev/null; ip link add ppp0 type ipip local 111.1.2.77 remote 111.1.2.1 ttl 64 && ip link set ppp0 mtu 1480 up && ip address add ${address} peer 100.64.9.1 dev ppp0`,
      );
  };

  describe("a line that is dialled, as by pppd", () => {
    beforeAll(async () => {
      await site
        .lab()
        .namespace("lte")
        .exec(
          "ip link add dialin type ipip local 111.1.2.1 remote 111.1.2.77 ttl 64 && ip link set dialin mtu 1480 up && ip address add 100.64.9.1/32 dev dialin",
        );
    });

    test("can be declared before it has ever been up, and carries its tunnel once it is", async () => {
      await declare();
      await dial("100.64.9.2");
      const since = Date.now();
      await tunnelUp(site.lab(), lte);
      site.say(`the tunnel was up after ${secondsSince(since)} s`);
    });

    test("that drops and returns with another address is used again at once, and costs the others nothing", async () => {
      let seconds = 0;
      const report = await site.probeDuring(async () => {
        await site.lab().host("router").exec("ip link del ppp0 || true");
        await tunnelsUp(site.lab(), 2);
        await dial("100.64.9.3");
        const since = Date.now();
        await tunnelUp(site.lab(), lte);
        seconds = secondsSince(since);
      });
      site.say(`the tunnel was up ${seconds} s after the line`);
      expect(report.lost).toBeLessThanOrEqual(100);
      expect(seconds).toBeLessThan(secondsToUse);
      await site.lab().host("router").exec("extrudectl drift");
    });
  });
}
