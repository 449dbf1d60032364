import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Interview } from "../../cli/init-interview";
import { parsePlace } from "../../cli/init-login";
import { chooseLines, entriesOf, parseLine } from "../../cli/init-network";
import { fingerprint, judgeKey } from "../../cli/init-reach";
import { adviseOn, parseSurvey, proposeColo, proposeLines } from "../../cli/init-survey";
import { renderSurvey } from "../../rendering/survey";
import { answer, ipv4, link, rackSays, routerSays, survey } from "./cli-init-fixture";
import { keys } from "./ssh-server";
import { run, shellNames, shells, temporaryFolder } from "./tools";

const folder = temporaryFolder();

describe("looking at a machine", () => {
  test.each(shellNames)("works on this one, in %s", (name) => {
    const { status, stdout, stderr } = run([...shells[name](), "-s"], renderSurvey());
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const found = survey(stdout);
    expect(found.interfaces.find((each) => each.name === "lo")?.addresses).toEqual([]);
    expect(found.system).toMatch(/^Debian/);
    expect(found.root).toMatch(/^(yes|sudo|no)$/);
  });

  test("names what is missing", () => {
    const needs = { commands: [{ command: "no-such-command", package: "that" }], modules: ["no_such_module"] };
    const found = survey(run([...shells.dash(), "-s"], renderSurvey(needs)).stdout);
    expect(found.missingPackages).toEqual(["that"]);
    expect(found.missingModules).toEqual(["no_such_module"]);
  });

  test.each([
    "",
    "root maybe\naddresses []\nroutes []\n",
    "root yes\naddresses {\nroutes []\n",
    "root yes\nroutes []\naddresses [5]\n",
  ])("understands no other answer: %j", (text) => {
    expect(parseSurvey(text)).toBeUndefined();
  });

  test("what has to be done there is said with its command", () => {
    const poor = survey(
      answer([], [], "package bird2", "package bird2", "package conntrack", "module ip_gre")
        .replace("root sudo", "root no")
        .replace("bookworm", "x")
        .replace("12", "11"),
    );
    expect(adviseOn("router", poor, "admin", false)).toEqual([
      "admin may not become root on router without a password, and extrude has to. Allow it there: echo 'admin ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/admin",
      "router lacks packages. Install them there: sudo apt-get install bird2 conntrack",
      "router's kernel 6.1.0-30-amd64 lacks modules: ip_gre. Debian's own kernels have them.",
      "router runs Debian GNU/Linux 11 (x); extrude is tested on Debian 12 and 13.",
    ]);
    expect(adviseOn("rack", survey(rackSays), "root", false)).toEqual([]);
  });
});

describe("what is proposed", () => {
  test("a colo is the interface of the default route, with its network", () => {
    expect(proposeColo(survey(rackSays))).toEqual({
      interface: "eth0",
      address: "77.1.2.2",
      prefix: "77.1.2.0/24",
      gateway: "77.1.2.1",
    });
    expect(proposeColo(survey(answer([link("eth0", [ipv4("77.1.2.2", 32)])], [])))).toEqual({
      interface: "eth0",
      address: "77.1.2.2",
    });
    expect(proposeColo(survey(answer([link("eth0")], [])))).toBeUndefined();
  });

  test("lines are what has a default route or a public address, each with what it needs", () => {
    expect(proposeLines(survey(routerSays))).toEqual([
      { name: "eth1", interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" },
      { name: "eth2", interface: "eth2", address: "99.1.2.3", gateway: "99.1.2.1" },
      { name: "dsl", interface: "ppp0", address: "dynamic", encapsulation: "wireguard" },
      { name: "lte", interface: "wwan0", address: "dynamic", nat: true, encapsulation: "wireguard" },
    ]);
  });

  test.each([
    ["eth1", "does not begin with NAME=INTERFACE."],
    ["a=eth1,colour=red", "has 'colour', which is none of address, gateway, weight, encapsulation, nat."],
    ["a=eth1,weight=much", "has the weight 'much', which is no whole number."],
    ["a=eth1,encapsulation=vxlan", "has the encapsulation 'vxlan', which is none of gre, gre-ipsec, ipsec, wireguard."],
  ])("a line that is given as %s %s", (text, problem) => {
    expect(parseLine(text)).toEqual({ problem });
  });

  test("a line that is given is completed by what the router has", async () => {
    const interview = new Interview(undefined, false);
    const lines = await chooseLines(
      ["cable=eth2,weight=4", "lte=wwan0", "other=eth1,address=55.1.2.7"],
      survey(routerSays),
      interview,
    );
    interview.settle();
    expect(lines).toEqual([
      { name: "cable", interface: "eth2", address: "99.1.2.3", gateway: "99.1.2.1", weight: 4 },
      { name: "lte", interface: "wwan0", address: "dynamic", nat: true, encapsulation: "wireguard" },
      { name: "other", interface: "eth1", address: "55.1.2.7" },
    ]);
  });

  test("all that is wrong with lines is said at once", async () => {
    const interview = new Interview(undefined, false);
    await chooseLines(["a=eth77", "b=eth9", "nonsense"], survey(routerSays), interview);
    expect(() => {
      interview.settle();
    }).toThrow(/no interface 'eth77'. It has eth0, .*\n.*eth9 has no IPv4 address now.*\n.*'nonsense' does not begin/);
  });

  test("an address of another network is routed, and defaults are left out", () => {
    const colo = { interface: "eth0", address: "77.1.2.2", prefix: "77.1.2.0/24" };
    const lines = [{ name: "a", interface: "eth1", address: "55.1.2.3", weight: 2 }];
    const made = entriesOf({
      hosts: {},
      colo,
      lines,
      addresses: ["77.1.2.3", "88.1.2.3"],
      site: "office",
      whenDown: undefined,
    });
    expect(made.addresses).toEqual({
      "public-1": { colo: "colo", address: "77.1.2.3" },
      "public-2": { colo: "colo", address: "88.1.2.3", acquire: "routed" },
    });
    expect(made.sites).toEqual({
      office: { colo: "colo", router: "router", addresses: ["public-1", "public-2"], uplinks: { a: { weight: 2 } } },
    });
  });
});

test.each([
  ["77.1.2.2", { host: "77.1.2.2" }],
  ["admin@router.example:2222", { host: "router.example", port: 2222, user: "admin" }],
  ["[2001:db8::1]:22", { host: "2001:db8::1", port: 22 }],
  ["2001:db8::1", { host: "2001:db8::1" }],
  ["a b", undefined],
  ["host:99999", undefined],
  ["-oProxyCommand=x", { host: "-oProxyCommand=x" }],
])("%s is a place: %j", (text, place) => {
  if (text.startsWith("-")) expect(parsePlace(text)).toBeUndefined();
  else expect(parsePlace(text)).toEqual(place);
});

describe("a host key", () => {
  const [own, other] = [
    keys.host.public.split(" ").slice(0, 2).join(" "),
    keys.other.public.split(" ").slice(0, 2).join(" "),
  ];

  test("is right as it is given, or as known_hosts has it, and unknown if neither tells", () => {
    expect(judgeKey(own, fingerprint(own), [])).toBe("right");
    expect(judgeKey(own, `${own} comment`, [])).toBe("right");
    expect(judgeKey(own, fingerprint(other), [own])).toBe("wrong");
    expect(judgeKey(own, undefined, [own])).toBe("right");
    expect(judgeKey(own, undefined, [other])).toBe("wrong");
    expect(judgeKey(own, undefined, ["ecdsa-sha2-nistp256 AAAA"])).toBe("unknown");
  });

  test("has the fingerprint that OpenSSH prints", () => {
    writeFileSync(join(folder(), "key.pub"), own);
    expect(run(["ssh-keygen", "-lf", join(folder(), "key.pub")], "").stdout).toContain(` ${fingerprint(own)} `);
  });
});
