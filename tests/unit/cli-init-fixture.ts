import { parseSurvey, type Survey } from "../../cli/init-survey";

export const ipv4 = (local: string, prefixlen: number, more = {}) => ({
  family: "inet",
  local,
  prefixlen,
  scope: "global",
  ...more,
});
export const link = (ifname: string, addr_info: unknown[] = [], flags = ["BROADCAST", "UP", "LOWER_UP"]) => ({
  ifname,
  flags,
  addr_info,
});

/** What a machine says, with the JSON of its iproute2. */
export function answer(addresses: unknown[], routes: unknown[], ...more: string[]): string {
  return [
    "system Debian GNU/Linux 12 (bookworm)",
    "kernel 6.1.0-30-amd64",
    "root sudo",
    ...more,
    "came 192.168.1.9 50000 192.168.1.1 22",
    `addresses ${JSON.stringify(addresses)}`,
    `routes ${JSON.stringify(routes)}`,
    "",
  ].join("\n");
}

export const rackSays = answer(
  [
    link("lo", [{ ...ipv4("127.0.0.1", 8), scope: "host" }]),
    link("docker0", [ipv4("172.17.0.1", 16)]),
    link("eth0", [ipv4("77.1.2.2", 24)]),
  ],
  [{ dst: "default", gateway: "77.1.2.1", dev: "eth0" }],
);
export const routerSays = answer(
  [
    link("eth0", [ipv4("192.168.1.1", 24)]),
    link("eth1", [ipv4("55.1.2.3", 24)]),
    link("eth2", [ipv4("99.1.2.3", 24)]),
    link("ppp0", [ipv4("33.1.2.3", 32)], ["POINTOPOINT", "UP", "LOWER_UP"]),
    link("wwan0", [ipv4("100.64.3.4", 30, { dynamic: true })]),
    link("x-dsl-abcdef", [ipv4("203.0.113.1", 32)]),
    link("eth9"),
  ],
  [
    { dst: "default", gateway: "55.1.2.9", dev: "eth1", metric: 200 },
    { dst: "default", gateway: "55.1.2.1", dev: "eth1", metric: 100 },
    { dst: "default", dev: "ppp0" },
    { dst: "default", gateway: "100.64.3.5", dev: "wwan0", metric: 700 },
  ],
);

export function survey(text: string): Survey {
  const found = parseSurvey(text);
  if (found === undefined) throw new Error("it cannot be read");
  return found;
}
