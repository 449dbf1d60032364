import { followedSite } from "./support/followed";

jest.setTimeout(600_000);

const port = { dsl: 5001, cable: 5003, lte: 5005 } as const;

followedSite({
  lines: {
    dsl: { encapsulation: "wireguard", port: port.dsl },
    cable: { encapsulation: "wireguard", port: port.cable },
    lte: { encapsulation: "wireguard", port: port.lte },
  },
  wire: { dsl: `udp port ${port.dsl}`, cable: `udp port ${port.cable}`, lte: `udp port ${port.lte}` },
  // It tries again every 5 s.
  limits: { secondsUp: 15, onReturn: 0 },
});
