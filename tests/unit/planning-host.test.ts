import { type ConnectionFacts, planHost } from "../../planning/host";
import { complaints, hostArguments, planOf, sentencesOf, unitOf } from "./fixtures";

const reachable: ConnectionFacts = { host: "77.1.2.2", hasHostKey: true, hasCredential: true };
const refused = (over: Partial<ConnectionFacts>): string[] =>
  complaints(planHost(hostArguments({ connection: { ...reachable, ...over } })));

test("a host's plan names every command and module that extrude needs", () => {
  expect(planOf(planHost(hostArguments()))).toMatchSnapshot();
});

test("packages are installed only where that was asked for", () => {
  expect(planOf(planHost(hostArguments())).installPackages).toBe(false);
  expect(planOf(planHost(hostArguments({ installPackages: false }))).installPackages).toBe(false);
  expect(planOf(planHost(hostArguments({ installPackages: true }))).installPackages).toBe(true);
  expect(planOf(planHost(hostArguments())).watch).toBe(true);
  expect(planOf(planHost(hostArguments({ watch: false }))).watch).toBe(false);
});

test("a preview says how the host is reached, and what is installed", () => {
  expect(sentencesOf(planHost(hostArguments()))).toEqual(["rack is reached by SSH at 77.1.2.2, port 22, as root."]);
  expect(sentencesOf(planHost(hostArguments({ agent: "0.2.0" })))).toContain(
    "Its agent is that of extrude 0.2.0, or a newer one that is there already.",
  );
  const connection = { ...reachable, port: 2222, user: "admin", verifyHostKey: false, hasHostKey: false };
  expect(sentencesOf(planHost(hostArguments({ connection, installPackages: true })))).toEqual([
    "rack is reached by SSH at 77.1.2.2, port 2222, as admin.",
    "Missing Debian packages are installed, and removed again at the end.",
    "Its host key is NOT checked: any machine that answers is trusted.",
  ]);
});

test("metrics go to the directory that is named, or to that of node_exporter, or nowhere", () => {
  const of = (metrics?: boolean | string) => planOf(planHost(hostArguments({ metrics }))).metrics;
  expect([of(), of(false), of(true), of("/srv/metrics")]).toEqual([
    undefined,
    undefined,
    "/var/lib/prometheus/node-exporter",
    "/srv/metrics",
  ]);
  expect(sentencesOf(planHost(hostArguments({ metrics: true })))).toContain(
    "Its metrics for Prometheus are in /var/lib/prometheus/node-exporter/extrude.prom.",
  );
  for (const metrics of [
    "",
    "relative",
    "/",
    "/a b",
    "/a/",
    "/a//b",
    "/a/..",
    "/a\nb",
    "/a;reboot",
    `/${"a".repeat(201)}`,
  ]) {
    expect(complaints(planHost(hostArguments({ metrics })))).toEqual(["metrics-directory-invalid metrics"]);
  }
});

test("a host needs a name", () => {
  expect(complaints(planHost(hostArguments({ unit: unitOf("host", "my rack") })))).toEqual(["name-invalid name"]);
});

describe("a host key", () => {
  test("may be missing only where that is said expressly", () => {
    expect(refused({ hasHostKey: false })).toEqual(["host-key-missing connection.hostKey"]);
    expect(refused({ hasHostKey: false, verifyHostKey: true })).toEqual(["host-key-missing connection.hostKey"]);
    expect(refused({ hasHostKey: false, verifyHostKey: undefined })).toEqual(["host-key-missing connection.hostKey"]);
    expect(refused({ hasHostKey: false, verifyHostKey: false })).toEqual([]);
  });

  test("that is given is enough", () => {
    expect(refused({ verifyHostKey: true })).toEqual([]);
    expect(refused({ verifyHostKey: false })).toEqual([]);
  });
});

test("a bastion is checked as a host is, and named as one", () => {
  const through = (over: Partial<ConnectionFacts>): string[] =>
    complaints(planHost(hostArguments({ proxy: { ...reachable, ...over } })));
  expect(through({})).toEqual([]);
  expect(through({ hasHostKey: false, verifyHostKey: false })).toEqual([]);
  expect(through({ host: "", port: 0, user: "", hasHostKey: false, hasCredential: false })).toEqual([
    "host-invalid connection.proxy.host",
    "port-invalid connection.proxy.port",
    "user-invalid connection.proxy.user",
    "host-key-missing connection.proxy.hostKey",
    "credential-missing connection.proxy",
  ]);
});

test("something to log in with has to be given", () => {
  expect(refused({ hasCredential: false })).toEqual(["credential-missing connection"]);
});

test.each(["77.1.2.2", "rack.example.net", "rack-1", "2001:db8::1", "::1", "a", "a".repeat(253)])(
  "a host may be reached at %j",
  (host) => {
    expect(refused({ host })).toEqual([]);
  },
);

test.each([
  "",
  "-oProxyCommand=x",
  " rack",
  "rack ",
  "rack\n",
  "\nrack",
  "a b",
  "a/b",
  "a@b",
  "$(id)",
  "a".repeat(254),
  "é",
])("a host is not reached at %j", (host) => {
  expect(refused({ host })).toEqual(["host-invalid connection.host"]);
});

test.each([1, 22, 65_535])("an SSH server may listen on port %d", (port) => {
  expect(refused({ port })).toEqual([]);
});

test.each([0, -1, 65_536, 22.5, NaN, Infinity])("an SSH server does not listen on port %d", (port) => {
  expect(refused({ port })).toEqual(["port-invalid connection.port"]);
});

test.each(["root", "_x", "Admin", "a.b-c_d9", "a".repeat(32)])("a login name may be %j", (user) => {
  expect(refused({ user })).toEqual([]);
});

test.each(["", "-l", ".a", "9a", "a b", "a\n", "\na", "$(id)", "a'b", "a".repeat(33), "é", "a\0"])(
  "a login name is not %j",
  (user) => {
    expect(refused({ user })).toEqual(["user-invalid connection.user"]);
  },
);
