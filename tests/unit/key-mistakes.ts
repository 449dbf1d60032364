import type { ProblemCode } from "../../planning/problems";
import { judgeKeys } from "../../planning/tunnel-keys";
import { planUplink } from "../../planning/uplink";
import type { Mistake } from "./certificate-mistakes";
import { publicKeysOf, unitOf, uplinkArguments } from "./fixtures";

export const keyMistakes = {
  "key-malformed": {
    argument: "coloPrivateKey",
    make: () =>
      planUplink(uplinkArguments({ encapsulation: "wireguard", keys: judgeKeys({ coloPrivateKey: "secret" }) })),
  },
  "psk-malformed": {
    argument: "preSharedKey",
    make: () => planUplink(uplinkArguments({ encapsulation: "ipsec", keys: judgeKeys({ preSharedKey: "secret" }) })),
  },
  "key-weak": {
    argument: "routerPrivateKey",
    make: () =>
      planUplink(
        uplinkArguments({ encapsulation: "wireguard", keys: judgeKeys({ routerPrivateKey: `${"A".repeat(43)}=` }) }),
      ),
  },
  "key-shared": {
    argument: "routerPrivateKey",
    make: () => {
      const { site } = publicKeysOf(unitOf("uplink", "dsl"));
      const keys = judgeKeys({ coloPrivateKey: site, routerPrivateKey: site });
      return planUplink(uplinkArguments({ encapsulation: "wireguard", keys }));
    },
  },
} satisfies Partial<Record<ProblemCode, Mistake>>;
