import { createHmac } from "node:crypto";
import { chooseHostKey } from "../../config/host-key";
import {
  check,
  encryptedKey,
  example,
  type Example,
  hostKey,
  hostKeys,
  privateKey,
  problemsAfter,
  type Surroundings,
} from "./config-fixture";

const file = "/project/.lab/rack.json";

/** The example's rack with these keys only. */
const rack = (keys: Record<string, unknown>) => (config: Example) => (config.hosts.rack = keys);

function connectionOf(keys: Record<string, unknown>, surroundings: Surroundings = {}) {
  const config = example();
  rack(keys)(config);
  const checked = check(config, surroundings);
  if ("problems" in checked) throw new Error(checked.problems.join("\n"));
  return checked.config.hosts.get("rack")?.connection;
}

const reachable = { host: "77.1.2.2", hostKey, agentSocketPath: "/run/agent" };

describe("what a connection becomes", () => {
  test("an agent by its environment", () => {
    const given = { host: "77.1.2.2", hostKey, agent: true };
    expect(connectionOf(given, { environment: { SSH_AUTH_SOCK: "/run/agent" } })).toMatchObject({
      agentSocketPath: "/run/agent",
    });
  });

  test("files by paths from the home folder and from the project", () => {
    const given = { host: "77.1.2.2", hostKeyFile: "keys/rack.pub", privateKeyFile: "~/.ssh/id" };
    const files = { "/project/keys/rack.pub": `${hostKey} root@rack\n`, "/home/ann/.ssh/id": privateKey };
    expect(connectionOf(given, { files })).toMatchObject({ hostKey, privateKey });
  });

  test("no paths are left for components", () => {
    const files = { "/project/id": privateKey };
    expect(Object.keys(connectionOf({ host: "a", hostKey, privateKeyFile: "id" }, { files }) ?? {})).not.toContain(
      "privateKeyFile",
    );
  });

  test("a connection file, relative to whose folder its own paths are, under the host's own keys", () => {
    const inFile = { host: "127.0.0.1", port: 2222, hostKeyFile: "rack.pub", privateKeyFile: "id", user: "root" };
    const files = {
      [file]: JSON.stringify(inFile),
      "/project/.lab/rack.pub": hostKey,
      "/project/.lab/id": privateKey,
    };
    expect(connectionOf({ connectionFile: ".lab/rack.json", user: "admin" }, { files })).toMatchObject({
      host: "127.0.0.1",
      port: 2222,
      user: "admin",
      hostKey,
      privateKey,
    });
  });

  test("an own key displaces its alternative in the connection file", () => {
    const files = { [file]: JSON.stringify({ host: "a", hostKey, privateKeyFile: "gone" }) };
    expect(connectionOf({ connectionFile: ".lab/rack.json", privateKey }, { files })).toMatchObject({ privateKey });
  });

  test("a bastion of its own", () => {
    expect(connectionOf({ ...reachable, proxy: { ...reachable, host: "jump" } })?.proxy).toMatchObject({
      host: "jump",
      agentSocketPath: "/run/agent",
    });
  });
});

type Case = [name: string, keys: Record<string, unknown>, sentences: readonly string[], elsewhere?: Surroundings];

const cases: readonly Case[] = [
  [
    "no host",
    { hostKey, agentSocketPath: "/run/agent" },
    ["extrude:hosts.rack.host is missing. Give the machine's address or name."],
  ],
  [
    "no login",
    { host: "a", hostKey },
    [
      "extrude:hosts.rack has nothing to log in with. Give agent: true, agentSocketPath, privateKeyFile, privateKey or password. [credential-missing](docs/errors.md#credential-missing)",
    ],
  ],
  [
    "no host key",
    { host: "a", agentSocketPath: "/run/agent" },
    [
      "extrude:hosts.rack has no host key, so another machine could answer in its place. Give hostKey or hostKeyFile, or set verifyHostKey: false to accept any machine that answers. [host-key-missing](docs/errors.md#host-key-missing)",
    ],
  ],
  [
    "two private keys",
    { host: "a", hostKey, privateKey, privateKeyFile: "id" },
    ["extrude:hosts.rack.privateKey and extrude:hosts.rack.privateKeyFile are both given. Give one of them."],
  ],
  [
    "an agent twice",
    { ...reachable, agent: true },
    ["extrude:hosts.rack.agent and extrude:hosts.rack.agentSocketPath are both given. Give one of them."],
  ],
  [
    "a host key that is not to be checked",
    { ...reachable, verifyHostKey: false },
    ["extrude:hosts.rack.verifyHostKey and extrude:hosts.rack.hostKey are both given. Give one of them."],
  ],
  [
    "no agent in the environment",
    { host: "a", hostKey, agent: true },
    [
      'extrude:hosts.rack.agent is true, but SSH_AUTH_SOCK is not set. Start an SSH agent (eval "$(ssh-agent)"; ssh-add), or give agentSocketPath.',
    ],
  ],
  [
    "an agent that is gone",
    { host: "a", hostKey, agentSocketPath: "~/agent" },
    ["extrude:hosts.rack.agentSocketPath: there is no SSH agent at /home/ann/agent. Start one, or correct the path."],
  ],
  [
    "a key file that is not there",
    { host: "a", hostKey, privateKeyFile: "~/.ssh/id" },
    ["extrude:hosts.rack.privateKeyFile: /home/ann/.ssh/id cannot be read: there is no such file."],
  ],
  [
    "a key file of somebody else's",
    { host: "a", agentSocketPath: "/run/agent", hostKeyFile: "k" },
    ["extrude:hosts.rack.hostKeyFile: /project/k cannot be read: you may not read it."],
    { files: { "/project/k": "forbidden" } },
  ],
  [
    "a path as a key",
    { host: "a", hostKey, privateKey: "~/.ssh/id" },
    [
      "extrude:hosts.rack.privateKey is not the text of a private key (-----BEGIN ... PRIVATE KEY-----); a path belongs into privateKeyFile.",
    ],
  ],
  [
    "the public key for the private one",
    { host: "a", hostKey, privateKeyFile: "id.pub" },
    ["extrude:hosts.rack.privateKeyFile: id.pub is a public key; give the private one, the file without .pub."],
    { files: { "/project/id.pub": hostKey } },
  ],
  [
    "a key with a passphrase",
    { host: "a", hostKey, privateKey: encryptedKey },
    [
      "extrude:hosts.rack.privateKey is protected by a passphrase; give privateKeyPassword, or load the key into an SSH agent and set agent: true.",
    ],
  ],
  ["a key with its passphrase", { host: "a", hostKey, privateKey: encryptedKey, privateKeyPassword: "x" }, []],
  [
    "a host key that is cut short",
    { ...reachable, hostKey: "ssh-ed25519 AAAAC3Nz" },
    ["extrude:hosts.rack.hostKey holds no public host key (ssh-ed25519 AAAA...)."],
  ],
  [
    "a bastion with the same mistakes",
    { ...reachable, proxy: { host: "jump", port: 0 } },
    [
      "extrude:hosts.rack.proxy has nothing to log in with. Give agent: true, agentSocketPath, privateKeyFile, privateKey or password. [credential-missing](docs/errors.md#credential-missing)",
      "extrude:hosts.rack.proxy has no host key, so another machine could answer in its place. Give hostKey or hostKeyFile, or set verifyHostKey: false to accept any machine that answers. [host-key-missing](docs/errors.md#host-key-missing)",
      "extrude:hosts.rack.proxy.port: 0 is not a port. Give a TCP port, a whole number from 1 to 65535. [port-invalid](docs/errors.md#port-invalid)",
    ],
  ],
  [
    "no connection file, which alone is said",
    { connectionFile: ".lab/rack.json" },
    ["extrude:hosts.rack.connectionFile: /project/.lab/rack.json cannot be read: there is no such file."],
  ],
  [
    "a connection file that is not JSON, of which nothing is shown",
    { connectionFile: ".lab/rack.json" },
    ["extrude:hosts.rack.connectionFile: .lab/rack.json is not JSON."],
    { files: { [file]: "hunter2" } },
  ],
  [
    "a connection file that is a list",
    { connectionFile: ".lab/rack.json" },
    [".lab/rack.json is a list, but has to be a mapping."],
    { files: { [file]: "[]" } },
  ],
  [
    "mistakes of shape in a connection file",
    { connectionFile: ".lab/rack.json" },
    [
      ".lab/rack.json: proxy.hst is not a known key; did you mean host?",
      ".lab/rack.json: hostkey is not a known key; did you mean hostKey?",
      ".lab/rack.json: port is text, but has to be a number, without quotes: the TCP port of its SSH server.",
    ],
    { files: { [file]: JSON.stringify({ host: "a", port: "22", hostkey: "x", proxy: { hst: "b" } }) } },
  ],
  [
    "wrong values in a connection file, and a wrong one beside it",
    { connectionFile: ".lab/rack.json", user: "-" },
    [
      ".lab/rack.json: hostKey holds no public host key (ssh-ed25519 AAAA...).",
      ".lab/rack.json: port: 99999 is not a port. Give a TCP port, a whole number from 1 to 65535. [port-invalid](docs/errors.md#port-invalid)",
      'extrude:hosts.rack.user: "-" is not a login name. Give a Unix login name. [user-invalid](docs/errors.md#user-invalid)',
    ],
    { files: { [file]: JSON.stringify({ host: "a", port: 99999, hostKey: "x", agentSocketPath: "/run/agent" }) } },
  ],
];

test.each(cases.map(([name, keys, sentences, elsewhere]) => ({ name, keys, sentences, elsewhere })))(
  "$name",
  (given) => {
    expect(problemsAfter(rack(given.keys), given.elsewhere)).toEqual(given.sentences);
  },
);

describe("the host key", () => {
  const { ed25519, ecdsa, rsa } = hostKeys;
  const choose = (...lines: string[]) => chooseHostKey(lines.join("\n"), "Rack.example", 22);
  const hashed = (name: string, key: string): string => {
    const salt = Buffer.alloc(20, 7);
    return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")} ${key}`;
  };

  test("stands alone, with a comment, or behind any name", () => {
    for (const line of [ed25519, `${ed25519} root@rack`, `77.1.2.2 ${ed25519}`, `# seen\n\n  ${ed25519}\r`]) {
      expect(choose(line)).toEqual({ hostKey: ed25519 });
    }
  });

  test("is the machine's own among many of a known_hosts file", () => {
    expect(choose(`other ${rsa}`, `10.0.0.1,rack.example ${ed25519}`)).toEqual({ hostKey: ed25519 });
    expect(choose(`other ${rsa}`, hashed("rack.example", ecdsa))).toEqual({ hostKey: ecdsa });
    expect(choose(`other ${rsa}`, `*.example,!rack.example ${ecdsa}`, `r?ck.* ${ed25519}`)).toEqual({
      hostKey: ed25519,
    });
  });

  test("of a port of its own is listed with it", () => {
    const lines = `rack ${ecdsa}\n[rack]:2222 ${ed25519}`;
    expect(chooseHostKey(lines, "rack", 2222)).toEqual({ hostKey: ed25519 });
    expect(chooseHostKey(lines, "rack", 22)).toEqual({ hostKey: ecdsa });
  });

  test("is the best that the machine has", () => {
    expect(choose(`rack.example ${rsa}`, `rack.example ${ecdsa}`, `rack.example ${ed25519}`)).toEqual({
      hostKey: ed25519,
    });
  });

  test("is not RSA, nor a revoked one, nor another machine's", () => {
    expect(choose(rsa)).toEqual({ problem: expect.stringContaining("RSA host key only") as string });
    expect(choose(`@revoked rack.example ${ed25519}`)).toEqual({
      problem: expect.stringContaining("no public host key") as string,
    });
    expect(choose(`other ${ed25519}`, `third ${ecdsa}`)).toEqual({
      problem: "holds keys of other machines, and none of rack.example",
    });
  });
});

test("no secret is ever in a sentence", () => {
  const secret = "hunter2hunter2";
  for (const key of ["privateKey", "privateKeyPassword", "password", "privatKey", "user", "host", "port", "hostKey"]) {
    for (const value of [secret, { secret }, [secret]]) {
      const isName = key === "user" || key === "host";
      if (isName && value === secret) continue;
      const given = { ...reachable, [key]: value };
      expect(problemsAfter(rack(given)).join("\n")).not.toContain(secret);
      const files = { [file]: JSON.stringify(given) };
      expect(problemsAfter(rack({ connectionFile: ".lab/rack.json" }), { files }).join("\n")).not.toContain(secret);
    }
  }
});
