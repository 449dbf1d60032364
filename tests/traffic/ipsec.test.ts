import { poll } from "../../lab/poll";
import { ikePort } from "../../planning/numbers";
import { tunnelsUp } from "../e2e/support/site";
import { encryptedSite } from "./support/encrypted";

jest.setTimeout(600_000);

const ike = `udp port ${ikePort}`;

/** At the colo, where the packets of a tunnel come from: the inbound association that is in use. */
const seenFrom = (tunnel: string): string =>
  `id=$(ip -d link show ${tunnel} | sed -n 's/.* if_id \\(0x[0-9a-f]*\\).*/\\1/p'); ip xfrm state list nokeys | awk -v id="$id" '/^src/ { source = $2; mine = $4 == "77.1.2.2" } /sport/ { port = $5 } $1 == "if_id" && $2 == id && mine { print source ":" port }'`;

// GRE inside ESP; IPsec with a static address, ESP as such; and behind NAT, in UDP.
encryptedSite({
  lines: (cableKeys, lteInterface) => ({
    dsl: { encapsulation: "gre-ipsec", mtu: 1400 },
    cable: { encapsulation: "ipsec", keyVersion: cableKeys },
    lte: {
      ...{ encapsulation: "ipsec", address: "dynamic", gateway: undefined, nat: true },
      ...(lteInterface === "eth3" ? {} : { interface: lteInterface, mtu: 1480 }),
    },
  }),
  // Room for UDP's 8 bytes is kept where there is none, in case that ESP should be filtered one day.
  sizes: { dsl: [1330, 1392], cable: [1438, 1492], lte: [1438, 1500] },
  wire: { dsl: `(ip proto 50 or ${ike})`, cable: `(ip proto 50 or ${ike})`, lte: ike },
  hijack: {
    rule: "priority 100 from 99.1.2.3 lookup main",
    counter: "meta l4proto esp meta mark",
    leak: "host 99.1.2.3",
  },
  port: ikePort,
  seen: seenFrom,
  keys: (_, unit) => `tail -n 1 ${unit} | cut -d ' ' -f 2`,
  known: (key) => `grep -rF -e '${key}' /run/extrude/charon | wc -l`,
  spoil: (tunnel) =>
    `cd /run/extrude/charon && sed -i '/ike-${tunnel} {/,/}/s/0s...../0sAAAAA/' colo.d/swanctl.conf && swanctl --load-creds --clear --noprompt --file colo.d/swanctl.conf --uri unix://$PWD/colo.vici && swanctl --terminate --ike ${tunnel} --uri unix://$PWD/colo.vici`,
  drift: () => "",
  // The random number generator of the kernel's ciphers, which it never gives up once it has made it (crypto/rng.c).
  stays: /: modules \+ (drbg|jitterentropy_rng|sha3_generic|sha512_generic)$/,
  // Ends that have agreed anew do not give up the old associations at the same instant; and charon tries every few seconds.
  limits: { onReturn: 200, onDial: 30 },
  forget: (tunnel) => `systemctl stop extrude-charon@${tunnel}`,
  more: ({ lab, stack, probeDuring, say }) => {
    test("[F18] charon killed at both ends is back, its tunnels go on, and no other line notices", async () => {
      // Two lines' ESP needs no charon: their tunnels have been up since the same instant afterwards.
      const undisturbed = async (): Promise<string[]> => {
        const { stdout } = await lab().host("colo").exec("extrudectl status");
        return stdout.split("\n").filter((line) => /^tunnel x-(dsl|cable)/.test(line));
      };
      const earlier = await undisturbed();
      expect(earlier).toHaveLength(2);
      const report = await probeDuring(async () => {
        for (const host of ["colo", "router"] as const) {
          await lab().host(host).exec("for pid in $(pgrep -x charon-systemd); do kill -KILL $pid; done");
          await poll(`charon at the ${host} to be back`, async () => {
            const { stdout } = await lab().host(host).exec("systemctl is-active 'extrude-charon@*'");
            return !/inactive|failed|activating/.test(stdout);
          });
        }
        await tunnelsUp(lab(), 3, 60_000);
      });
      expect(report.perFlow.every(({ survived }) => survived)).toBe(true);
      expect(await undisturbed()).toEqual(earlier);
      // LTE's is in UDP, by charon's socket: it falls with each of both, and may fall again when they agree anew.
      expect(report.lost).toBeLessThanOrEqual(200);
    });

    test("[F12] lines that filter ESP have it in UDP soon after, which doctor says, and the others carry on", async () => {
      for (const line of ["dsl", "cable"]) {
        await lab()
          .namespace(line)
          .exec(
            "nft add table ip noesp; nft 'add chain ip noesp f { type filter hook forward priority 0; }'; nft add rule ip noesp f ip protocol esp drop",
          );
      }
      const since = Date.now();
      await tunnelsUp(lab(), 1, 20_000);
      await tunnelsUp(lab(), 3, 90_000);
      say(`all tunnels were up again after ${(Date.now() - since) / 1000} s`);
      const { code, stdout } = await stack().extrude("doctor");
      expect({ code, stdout }).toMatchObject({ code: 0 });
      for (const line of [/^ *dsl: ESP does not get from/m, /^ *cable(@2)?: ESP does not get from/m]) {
        expect(stdout).toMatch(line);
      }
    });
  },
});
