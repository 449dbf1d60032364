import { isPublicIPv4, Redactor } from "../../cli/redaction";
import { renderReport } from "../../cli/report";
import { pagesOf, redacted } from "../../cli/report-bundle";
import { placesOf, secretsOf } from "../../cli/secrets";
import { hostsOf } from "../../cli/state";
import { exampleState, healthy, secretKey } from "./cli-fixture";

const key = "mJ7r0q2s9u4VvXyZaBcDeFgHiJkLmNoPqRsTuVwXyZ0=";
const redactor = (): Redactor => new Redactor(["hunter2", secretKey], ["router.example.com", "10.0.0.1"]);

describe("redaction", () => {
  test.each([
    ["password hunter2!", "password [secret 1]!"],
    [`peer: ${key}`, "peer: [key 1]"],
    ["0x0123456789abcdef0123456789abcdef rest", "[key 1] rest"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n", "[key 1]\n"],
    ["-----BEGIN PRIVATE KEY-----\nabc, cut off", "[key 1]"],
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabc root@x", "ssh-ed25519 [key 1] root@x"],
    ["ssh router.example.com", "ssh [host name 1]"],
    [
      "from 55.1.2.3 to 77.1.2.2/24, again 55.1.2.3.",
      "from [public address 1] to [public address 2]/24, again [public address 1].",
    ],
    ["host-55-1-2-3 is 55.1.2.3", "host-[public address 1] is [public address 1]"],
    ["inet6 2a01:4f8:0:1::2/64 and 2A01:4F8:0:1::2", "inet6 [public address 1]/64 and [public address 1]"],
    ["[2001:db8::1]:51820", "[[public address 1]]:51820"],
    ["link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff", "link/ether [MAC address 1] brd [MAC address 2]"],
    ["fe80::5054:ff:fe12:3456/64", "[MAC address 1]/64"],
  ])("%j", (text, expected) => {
    expect(redactor().redact(text)).toBe(expected);
  });

  test.each([
    "10.1.2.3 172.16.0.1 192.168.1.1 127.0.0.1 169.254.1.1 100.64.0.1 0.0.0.0/0 255.255.255.255 224.0.0.1 192.0.2.1",
    "fe80::1 fd00::1 ::1 :: 12:34:56 2026-11-26T20:15:30 kernel 6.1.0-18-amd64 bird 2.0.12",
    "net/ipv4/conf/eth1/rp_filter = 2, table 1418883061, x-dsl-r72zzy::",
  ])("leaves alone: %s", (text) => {
    expect(redactor().redact(text)).toBe(text);
  });

  test("172.15 and 100.128 are public", () => {
    expect(["172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1"].map(isPublicIPv4)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(isPublicIPv4("999.1.2.3")).toBe(false);
  });

  test("the same is the same in every text, and is counted once", () => {
    const one = redactor();
    expect(one.redact("55.1.2.3")).toBe(one.redact("55.1.2.3"));
    expect(one.redact("99.1.2.3")).toBe("[public address 2]");
    expect(one.counts()).toMatchObject({ "public address": 2, secret: 0 });
  });
});

const state = exampleState(true);
const hosts = hostsOf(state);
const answers = Object.values(healthy());
const said = `== ip route\ndefault via 55.1.2.1 dev eth1 src 55.1.2.3\n== journal\nAccepted ${secretKey} from 203.0.114.9\n`;
const told = hosts.map((host) => ({ host, result: { stdout: said, stderr: "", code: 0, asked: 0, answered: 0 } }));
const report = redacted(pagesOf("0.1.0", hosts, answers, told), state, hosts);

test("secrets of the state are known: credentials, and keys in what is marked", () => {
  expect(secretsOf(state, hosts)).toContain(secretKey);
  expect(placesOf(hosts)).toEqual(["10.0.0.1", "10.0.0.1"]);
});

test("a report has no secret, no key and no public address in it, and lists what it has", () => {
  const text = report.pages.map((page) => page.text).join("\n");
  expect(text).not.toContain(secretKey);
  for (const address of ["55.1.2.3", "55.1.2.1", "77.1.2.2", "77.1.2.3", "99.1.2.3", "203.0.114.9"])
    expect(text).not.toContain(address);
  expect(text).toContain("extrude unit 1");
  const [list] = report.pages;
  for (const { name } of report.pages.slice(1)) expect(list?.text).toContain(`${name}: `);
  expect(list?.text).toMatchSnapshot();
});

test("what is printed lists the files, what was replaced, and who is missing", () => {
  const contents = report.pages.map(({ name, what }) => ({ name, what, bytes: 1234 }));
  const unasked = [{ host: "rack", text: "77.1.2.2, port 22 cannot be reached by SSH." }];
  expect(renderReport({ file: "/tmp/report.tar.gz", contents, redacted: report.counts, unasked })).toMatchSnapshot();
});
