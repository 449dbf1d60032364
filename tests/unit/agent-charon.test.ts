import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { AgentHost, unitText } from "./agent-host";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();
const host = (): AgentHost => new AgentHost(folder());

const connection = (name: string, ...more: string[]): string[] => [
  "[swanctl]",
  "connections {",
  `	${name} {`,
  ...more,
  "	}",
  "}",
  `secrets { ike-${name} { secret = 0ssecret:${name} } }`,
];
const atColo = (name: string, ...more: string[]): string =>
  unitText(`uplink/${name}`, "[charon]", `colo x-${name} 100${name} port 4501`, ...connection(`x-${name}`, ...more));
const atSite = (name: string, encap = "auto"): string =>
  unitText(
    `uplink/${name}`,
    "[charon]",
    `x-${name} x-${name} 7 interface eth1 mark 0x1000005/0xff0000ff`,
    ...connection(`x-${name}`, `		encap = ${encap}`),
  );
const key = (name: string, text = "KEY"): string => `x-${name} ${text}\n`;
const controlled = (done: readonly string[]): string[] =>
  done.filter((line) => /^(swanctl |systemctl (-q )?(restart|stop) extrude-charon@)/.test(line));

test("an instance is made with its unit, for its owner only, and its secret is in no command line", () => {
  const agent = host();
  expect(agent.apply(atColo("a"), key("a", "S3CR3T"))).toMatchObject({ stdout: "applied\n", stderr: "" });
  expect(agent.read("charon.colo")).toContain("secret = 0sS3CR3T");
  expect(agent.read("run/charon/colo.conf")).toContain("port_nat_t = 4501");
  for (const file of ["colo.conf", "colo.d/swanctl.conf"]) {
    expect(statSync(join(agent.folder, "run/charon", file)).mode & 0o777).toBe(0o600);
  }
  const done = agent.done();
  expect(controlled(done)).toEqual(["systemctl restart extrude-charon@colo.service"]);
  expect(done.join("\n")).not.toContain("S3CR3T");
});

test("an instance of a line keeps to its interface, and its packets carry the line's mark", () => {
  const agent = host();
  agent.apply(atSite("a"), key("a"));
  const settings = agent.read("run/charon/x-a.conf");
  expect(settings).toContain("interfaces_use = eth1");
  expect(settings).toContain("socket-default { fwmark = 0x1000005/0xff0000ff }");
  expect(settings).toContain("port_nat_t = 0");
});

test("the same unit again tells charon nothing", () => {
  const agent = host();
  agent.apply(atColo("a"), key("a"));
  agent.done();
  expect(agent.apply(atColo("a"), key("a")).stdout).toBe("unchanged\n");
  expect(controlled(agent.done())).toEqual([]);
});

test("units share an instance: one more, a change or one less tells it what is new, and restarts nothing", () => {
  const agent = host();
  agent.apply(atColo("a"), key("a"));
  agent.done();
  const load = expect.stringMatching(/^swanctl --load-all --noprompt --file \S+colo.d\/swanctl.conf /) as string;
  agent.apply(atColo("b"), key("b", "OTHER"));
  expect(controlled(agent.done())).toEqual([load]);
  expect(agent.read("charon.colo")).toMatch(/0sKEY[^]*0sOTHER/);
  agent.apply(atColo("a", "		dpd_delay = 60s"), key("a"));
  expect(controlled(agent.done())).toEqual([load]);
  expect(agent.read("charon.colo")).toContain("dpd_delay = 60s");
  agent.write(
    "policies",
    [
      "src 0.0.0.0/0 dst 0.0.0.0/0 ",
      "	dir out priority 399999 ptype main ",
      "	mark 0xff000001/0xff0000ff ",
      "	tmpl src 77.1.2.2 dst 55.1.2.3",
      "		proto esp spi 0xc0b8c33d reqid 100b mode tunnel",
      "	if_id 0x4000004c",
      "src 55.1.2.3/32 dst 77.1.2.2/32 proto gre ",
      "	dir in priority 399999 ptype main ",
      "	tmpl src 55.1.2.3 dst 77.1.2.2",
      "		proto esp reqid 100 mode transport",
      "src 0.0.0.0/0 dst 0.0.0.0/0 ",
      "	socket in priority 0 ptype main ",
      "",
    ].join("\n"),
  );
  expect(agent.remove("acme/net/prod/uplink/b").stdout).toBe("removed\n");
  const done = agent.done();
  expect(controlled(done)).toEqual([load, expect.stringContaining("swanctl --terminate --ike x-b --force") as string]);
  expect(done.filter((line) => line.startsWith("ip xfrm"))).toEqual([
    "ip xfrm state deleteall reqid 100b",
    "ip xfrm policy delete src 0.0.0.0/0 dst 0.0.0.0/0  dir out mark 0xff000001 mask 0xff0000ff if_id 0x4000004c",
  ]);
  expect(agent.read("charon.colo")).not.toContain("0sOTHER");
});

test("with its last unit an instance ends, and nothing of it is left", () => {
  const agent = host();
  agent.holding(unitText("bond/other")).apply(atSite("a"), key("a"));
  agent.done();
  expect(agent.remove("acme/net/prod/uplink/a").stdout).toBe("removed\n");
  expect(controlled(agent.done())).toEqual(["systemctl -q stop extrude-charon@x-a.service"]);
  expect(agent.files("run").filter((file) => file.includes("charon"))).toEqual([]);
});

test.each([["charon does not start", "charon", "no plugin", "[charon] colo does not start:"]])(
  "if %s, the host is as before",
  (_, which, text, complaint) => {
    const agent = host();
    agent.holding(unitText("bond/other")).write(`fail.${which}`, text);
    const { status, stderr } = agent.apply(atColo("a"), key("a"));
    expect(status).toBe(1);
    expect(stderr).toContain(complaint);
    expect(agent.files("run").filter((file) => file.includes("charon/"))).toEqual([]);
    expect(agent.files()).not.toContain("units/acme/net/prod/uplink/a");
  },
);

test("if charon refuses connections, it has those from before again, and the error says what it said", () => {
  const agent = host();
  agent.apply(atColo("a"), key("a"));
  agent.write("fail.swanctl", "loaded ike secret\nloading connection 'x-b' failed: invalid value for: encap\n");
  const { status, stderr } = agent.apply(atColo("b"), key("b"));
  expect(status).toBe(1);
  expect(stderr).toContain("[charon] colo did not take its connections: loading connection 'x-b' failed");
  expect(agent.read("run/charon/colo.d/swanctl.conf")).not.toContain("x-b");
});

describe("certificates", () => {
  const certified = (name: string, certificate = "CERTIFICATE"): string =>
    atColo(name).replace(
      "[end]",
      [
        ...[
          "[x509]",
          `x509/x-${name}.site.pem`,
          "-----BEGIN CERTIFICATE-----",
          certificate,
          "-----END CERTIFICATE-----",
        ],
        ...[
          `private/x-${name}.pem`,
          "-----BEGIN RSA PRIVATE KEY-----",
          `secret:x-${name}`,
          "-----END RSA PRIVATE KEY-----",
        ],
        "[end]",
      ].join("\n"),
    );
  const folderOf = (agent: AgentHost): string[] => agent.files("run/charon/colo.d");

  test("and keys are files of their instance's, for their owner only, and leave with their unit", () => {
    const agent = host();
    agent.holding(atColo("other"));
    agent.apply(certified("a"), key("a", "S3CR3T"));
    expect(folderOf(agent)).toEqual(["private/x-a.pem", "swanctl.conf", "x509/x-a.site.pem"]);
    expect(agent.read("run/charon/colo.d/private/x-a.pem")).toBe(
      "-----BEGIN RSA PRIVATE KEY-----\nS3CR3T\n-----END RSA PRIVATE KEY-----\n",
    );
    const { mode } = statSync(join(agent.folder, "run/charon/colo.d/private/x-a.pem"));
    expect(mode & 0o777).toBe(0o600);
    expect(agent.done().join("\n")).not.toContain("S3CR3T");

    agent.remove("acme/net/prod/uplink/a");
    expect(folderOf(agent)).toEqual(["swanctl.conf"]);
  });

  test("that change alone are loaded anew, and the same again change nothing", () => {
    const agent = host();
    agent.apply(certified("a"), key("a"));
    agent.done();
    agent.apply(certified("a", "ANOTHER"), key("a"));
    expect(controlled(agent.done())).toEqual([expect.stringMatching(/^swanctl --load-all /)]);
    expect(agent.read("run/charon/colo.d/x509/x-a.site.pem")).toContain("\nANOTHER\n");
    agent.apply(unitText("bond/other"));
    expect(agent.apply(certified("a", "ANOTHER"), key("a")).stdout).toBe("unchanged\n");
    expect(controlled(agent.done())).toEqual([]);
  });

  test.each([
    "no trusted RSA public key found for 'dsl.example.net'",
    "constraint check failed: peer not authenticated by CA 'CN=rack CA'",
  ])("that charon does not take are told by facts, and are no sign of filtered ESP: %s", (says) => {
    const agent = host();
    agent.apply(atSite("a"), key("a"));
    agent.write("net/x-a/statistics/rx_packets", "0\n");
    agent.write("journal", `echo 'parsed IKE_AUTH response 1 [ IDr CERT AUTH ]'; echo "${says}"\n`);
    expect(agent.call(["facts"]).stdout).toContain("ike x-a untrusted\n");
    agent.write("program.sh", agent.read("program.sh").replace("NOTHING_FOR=12", "NOTHING_FOR=0"));
    expect(agent.call(["encapsulate"]).stdout).toBe("");
  });
});

test("a kernel that cannot encrypt is found before anything changes", () => {
  const agent = host();
  agent.write("fail.unshare", "RTNETLINK answers: Function not implemented\n");
  const { stderr } = agent.apply(atColo("a"), key("a"));
  expect(stderr).toContain("nothing has changed");
  expect(stderr).toContain(
    "[charon] the kernel cannot encrypt with AES-GCM in UDP: RTNETLINK answers: Function not implemented",
  );
});

test("a kernel that has no ESP in UDP over IPv6 is found where a line is IPv6, before anything changes", () => {
  const agent = host();
  agent.write("fail.unshare", "RTNETLINK answers: Protocol not supported\n");
  const { status, stderr } = agent.apply(atColo("a", "		local_addrs = 2001:db8:77::2"), key("a"));
  expect(status).toBe(1);
  expect(stderr).toContain("nothing has changed");
  expect(stderr).toContain(
    "[charon] the kernel cannot encrypt with AES-GCM in UDP over IPv6, which a line needs whose address is IPv6: RTNETLINK answers: Protocol not supported",
  );
});

test("a port that somebody else has is found before anything changes", () => {
  const agent = host();
  agent.write("proc-udp", "  sl  local_address\n  17: 00000000:1195 00000000:0000 07\n");
  const { status, stderr } = agent.apply(atColo("a"), key("a"));
  expect(status).toBe(1);
  expect(stderr).toContain("nothing has changed");
  expect(stderr).toContain("[charon] the UDP port 4501 is in use here, and not by extrude.");
});

test("an instance that does not run is told by drift and put back by restore", () => {
  const agent = host();
  agent.apply(atSite("a"), key("a"));
  agent.call(["restore"]);
  agent.done();
  expect(agent.call(["drift"]).stdout).toBe("");

  rmSync(join(agent.folder, "run/charon/x-a.pid"));
  expect(agent.call(["drift"])).toMatchObject({ status: 1, stdout: "[charon] x-a is not running\n" });
  agent.call(["restore"]);
  expect(agent.read("charon.x-a")).toContain("0sKEY");
});

describe("a line over which both ends agree and nothing arrives", () => {
  const agreed = (agent: AgentHost): AgentHost => {
    agent.apply(atSite("a"), key("a"));
    agent.write("net/x-a/statistics/rx_packets", "0\n");
    agent.write("journal", `case $* in *IKE_SA_NAME=x-a*) echo 'parsed INFORMATIONAL response 3 [ ]' ;; esac\n`);
    return agent;
  };
  const soon = (agent: AgentHost): AgentHost => {
    agent.write("program.sh", agent.read("program.sh").replace("NOTHING_FOR=12", "NOTHING_FOR=0"));
    return agent;
  };

  test("has its ESP in UDP from then on", () => {
    const agent = soon(agreed(host()));
    expect(agent.read("charon.x-a")).toContain("encap = no");
    expect(agent.call(["encapsulate"]).stdout).toBe(
      "x-a: ESP does not get through, so it travels in UDP from now on\n",
    );
    expect(agent.read("charon.x-a")).toContain("encap = yes");
    expect(agent.done().join("\n")).toMatch(/swanctl --terminate --ike x-a [^]*ip xfrm state deleteall reqid \d+/);
    expect(agent.call(["facts"]).stdout).toContain("encapsulated x-a\n");
    expect(agent.call(["encapsulate"]).stdout).toBe("");
    agent.apply(unitText("bond/other"));
    expect(agent.read("charon.x-a")).toContain("encap = yes");
  });

  test("that falls while another is being waited for is looked at after that one", () => {
    const agent = soon(agreed(host()));
    const later =
      "sleep() { [ -e $RUN/later ] || { : >$RUN/later; echo 0 >$RUN/../net/x-a/statistics/rx_packets; encapsulate_soon; }; }";
    agent.write("net/x-a/statistics/rx_packets", "7\n");
    agent.write("program.sh", agent.read("program.sh").replace(/^encapsulate\(\) \{$/m, `${later}\n$&`));
    expect(agent.call(["encapsulate"]).stdout).toContain("x-a: ESP does not get through");
  });

  test("is left alone if something has arrived, if the ends do not agree, and if it is in UDP anyway", () => {
    const disagreed = soon(agreed(host()));
    disagreed.write("journal", "echo 'received AUTHENTICATION_FAILED notify error'\n");
    expect(disagreed.call(["encapsulate"]).stdout).toBe("");
    expect(disagreed.call(["facts"]).stdout).toContain("ike x-a refused\n");
    const refused = soon(agreed(host()));
    refused.write(
      "journal",
      "echo 'parsed IKE_AUTH response 1 [ N(AUTH_FAILED) ]'; echo 'received AUTHENTICATION_FAILED notify error'\n",
    );
    expect(refused.call(["encapsulate"]).stdout).toBe("");
    const always = soon(agreed(host()));
    always.apply(atSite("a", "yes"), key("a"));
    expect(always.call(["encapsulate"]).stdout).toBe("");
    const arriving = agreed(host());
    const counting = "received_packets() { date +%s%N; }";
    arriving.write(
      "program.sh",
      arriving
        .read("program.sh")
        .replace("NOTHING_FOR=12", "NOTHING_FOR=0")
        .replace(/^received_packets.*$/m, counting),
    );
    expect(arriving.call(["encapsulate"]).stdout).toBe("");
  });
});
