import { encryptedSite } from "./support/encrypted";

jest.setTimeout(600_000);

// A line of each kind in one bond: static and in clear, static and encrypted, encrypted behind NAT.
encryptedSite({
  lines: (cableKeys, lteInterface) => ({
    dsl: { mtu: 1400 },
    cable: { encapsulation: "wireguard", port: 5001, keyVersion: cableKeys },
    lte: {
      ...{ encapsulation: "wireguard", port: 5003, address: "dynamic", gateway: undefined, nat: true },
      ...(lteInterface === "eth3" ? {} : { interface: lteInterface, mtu: 1480 }),
    },
  }),
  sizes: { dsl: [1376, 1400], cable: [1440, 1500], lte: [1440, 1500] },
  wire: { dsl: "ip proto 47", cable: "udp portrange 5001-5002", lte: "udp port 5003" },
  hijack: {
    rule: "priority 100 ipproto udp dport 5001 lookup main",
    counter: "udp dport 5001",
    leak: "udp portrange 5001-5003",
  },
  port: 5003,
  seen: (tunnel) => `wg show ${tunnel} endpoints`,
  keys: (tunnel, unit) => `wg show ${tunnel} public-key && tail -n 1 ${unit} | cut -d ' ' -f 2`,
  known: (key) => `wg show all dump | grep -cF -e '${key}'`,
  spoil: (tunnel) =>
    `peer=$(wg show ${tunnel} peers) && wg set ${tunnel} peer "$peer" remove && wg set ${tunnel} peer "$(wg genkey | wg pubkey)" allowed-ips 0.0.0.0/0,::/0`,
  drift: (tunnel) => `[wireguard] not as it should be: ${tunnel}`,
  limits: { onReturn: 0, onDial: 5 },
  forget: (tunnel) => `wg set ${tunnel} peer "$(wg show ${tunnel} peers)" remove`,
});
