import { configCodes } from "../../config/codes";
import { anchor } from "../../planning/problems";
import { codedProblemsAfter, type Example, hostKeys, type Surroundings } from "./config-fixture";

type Code = (typeof configCodes)[number] | "choice-invalid" | "credential-missing" | "host-key-missing";

/** One mistake for each code, and what the sentence on it begins with. */
const mistakes: Record<Code, [change: (config: Example) => unknown, start: string, elsewhere?: Surroundings]> = {
  "key-unknown": [({ uplinks: { dsl } }) => (dsl["gatway"] = "55.1.2.1"), "extrude:uplinks.dsl.gatway is not"],
  "key-missing": [
    ({ colos: { toronto } }) => delete toronto["interface"],
    "extrude:colos.toronto.interface is missing",
  ],
  "type-invalid": [({ sites: { office } }) => (office["hold"] = "5"), 'extrude:sites.office.hold is the text "5", but'],
  "choice-invalid": [({ sites: { office } }) => (office["whenDown"] = "dirct"), "extrude:sites.office.whenDown is"],
  "reference-unknown": [({ colos: { toronto } }) => (toronto["host"] = "rak"), 'extrude:colos.toronto.host is "rak"'],
  "secret-misplaced": [() => undefined, "extrude:colos holds a secret", { secretSections: ["colos"] }],
  "keys-exclusive": [
    ({ hosts: { router } }) => Object.assign(router, { verifyHostKey: false, hostKey: hostKeys.ed25519 }),
    "extrude:hosts.router.verifyHostKey and extrude:hosts.router.hostKey are both given",
  ],
  "file-unreadable": [
    ({ hosts: { router } }) => (router["connectionFile"] = "nowhere.json"),
    "extrude:hosts.router.connectionFile: /project/nowhere.json cannot be read",
  ],
  "connection-file-malformed": [
    ({ hosts: { router } }) => (router["connectionFile"] = "odd.json"),
    "extrude:hosts.router.connectionFile: odd.json is not JSON",
    { files: { "/project/odd.json": "{" } },
  ],
  "credential-missing": [
    ({ hosts }) => Object.assign(hosts, { router: { host: "10.0.0.1", hostKey: hostKeys.ed25519 } }),
    "extrude:hosts.router has nothing to log in with",
  ],
  "private-key-unfit": [
    ({ hosts }) => Object.assign(hosts, { router: { host: "10.0.0.1", hostKey: hostKeys.ed25519, privateKey: "x" } }),
    "extrude:hosts.router.privateKey is not the text of a private key",
  ],
  "host-key-missing": [({ hosts: { router } }) => delete router["hostKey"], "extrude:hosts.router has no host key"],
  "host-key-unfit": [({ hosts: { router } }) => (router["hostKey"] = "x"), "extrude:hosts.router.hostKey holds no"],
  "ssh-agent-missing": [
    ({ hosts }) => Object.assign(hosts, { router: { host: "10.0.0.1", hostKey: hostKeys.ed25519, agent: true } }),
    "extrude:hosts.router.agent is true, but SSH_AUTH_SOCK is not set",
  ],
};

test("every code of the config has a mistake that triggers it", () => {
  expect(Object.keys(mistakes)).toEqual(expect.arrayContaining([...configCodes]));
});

test.each(Object.keys(mistakes) as Code[])("%s is one sentence that says where, and ends with its section", (code) => {
  const [change, start, elsewhere] = mistakes[code];
  const sentences = codedProblemsAfter(change, elsewhere);
  expect(sentences).toEqual([expect.stringContaining(start)]);
  const [sentence = ""] = sentences;
  expect(sentence.startsWith(start)).toBe(true);
  expect(sentence).toMatch(/^[^\n]*[.?] \[/);
  expect(sentence.endsWith(` ${anchor(code)}`)).toBe(true);
});
