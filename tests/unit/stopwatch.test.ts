import { secondsToUse } from "../traffic/support/stopwatch";

// As ip of iproute2 6.1 and tcpdump 4.99 print it, whichever comes first.
const said = `listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes
1795798651.100000 eth2  Out IP 192.168.178.20.5003 > 77.1.2.2.5003: UDP, length 96
[2026-11-27T16:57:31.500000] Deleted 4: eth2    inet 192.168.179.20/24 scope global eth2\\       valid_lft forever
[2026-11-27T16:57:32.000000] 4: eth2    inet 192.168.179.20/24 scope global eth2\\       valid_lft forever preferred_lft forever
1795798652.250000 eth2  Out IP 192.168.178.20.5003 > 77.1.2.2.5003: UDP, length 96
1795798652.750000 eth2  Out IP 192.168.179.20.5003 > 77.1.2.2.5003: UDP, length 96
1795798653.750000 eth2  Out IP 192.168.179.20.5003 > 77.1.2.2.5003: UDP, length 96
`;

test("a line's new address is used from its assignment until the first packet that leaves from there", () => {
  expect(secondsToUse(said, "192.168.179.20")).toBeCloseTo(0.75, 3);
});

test("a line whose address no packet has yet, or that has no such address, is not in use", () => {
  expect(secondsToUse(said.replaceAll("179.20.5003", "178.20.5003"), "192.168.179.20")).toBeNaN();
  expect(secondsToUse(said, "192.168.17.20")).toBeNaN();
});
