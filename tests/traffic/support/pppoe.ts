import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";

/** PPPoE leaves 1492 bytes of Ethernet's 1500. */
export const sessionMtu = 1492;

/** LTE's provider answers whoever dials by PPPoE, and gives each session another address. */
export async function answerCalls(lab: Lab): Promise<void> {
  await lab.link("lte").set({ nat: true, sourceFilter: false });
  await lab
    .namespace("lte")
    .exec(
      "printf '%s\\n' noauth noccp 'lcp-echo-interval 5' 'lcp-echo-failure 3' >/run/calls && pppoe-server -I line -L 100.64.9.1 -R 100.64.9.2 -N 20 -O /run/calls",
    );
}

/** The provider ends the session, as many do every night. The router dials again. */
export async function hangUp(lab: Lab): Promise<void> {
  await lab.namespace("lte").exec("pkill -x pppd");
}

/** What of the router's files makes it dial, with Debian's own tools, when asked to: `ifup lte`. */
export const dialling: Readonly<Record<string, string>> = {
  "/etc/ppp/peers/lte": [
    ...["plugin pppoe.so", "nic-eth3", "noauth", "noipdefault", "nodefaultroute"],
    ...[`mtu ${sessionMtu}`, `mru ${sessionMtu}`, "persist", "maxfail 0", "holdoff 1"],
    ...["lcp-echo-interval 5", "lcp-echo-failure 3", ""],
  ].join("\n"),
  "/etc/network/interfaces.d/lte": [
    "iface lte inet ppp",
    "\tpre-up ip link set eth3 up",
    "\tprovider lte",
    "\tpost-down ip link set eth3 down",
    "",
  ].join("\n"),
};

/** The router's own address of the session, if there is one. */
async function sessionAddress(lab: Lab): Promise<string | undefined> {
  const { stdout } = await lab.host("router").exec("ip -o -4 address show dev ppp0 2>/dev/null || true");
  return /inet (\S+) peer/.exec(stdout)?.[1];
}

/** Waits for a session with another address than an earlier one, and returns that. */
export async function sessionUp(lab: Lab, earlier?: string): Promise<string> {
  let address: string | undefined;
  await poll("a PPPoE session with another address", async () => {
    address = await sessionAddress(lab);
    return address !== undefined && address !== earlier;
  });
  return address ?? "";
}
