import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { ownKeys, renderStackFile } from "../../cli/init-file";
import { fingerprint } from "../../cli/init-reach";
import { packageRoot } from "../../lab/paths";
import { rackSays, routerSays } from "./cli-init-fixture";
import { keys, password, portOf, sshServer } from "./ssh-server";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();

test("what else the file has stays, and a file that is no YAML is left alone", () => {
  const file = join(folder(), "Pulumi.prod.yaml");
  const entries = { hosts: {}, colos: {}, addresses: {}, uplinks: {}, sites: {} };
  writeFileSync(
    file,
    "# mine\nencryptionsalt: v1:abc\nconfig:\n  other:key: 1 # kept\n  extrude:hosts:\n    old: {}\n",
  );
  expect(ownKeys(file)).toEqual(["extrude:hosts"]);
  const made = renderStackFile(entries, readFileSync(file, "utf8"));
  expect(made).toMatch(/^# mine\nencryptionsalt: v1:abc\nconfig:\n {2}other:key: 1 # kept\n/);
  expect(parse(made)).toMatchObject({ config: { "extrude:hosts": {}, "extrude:sites": {} } });
  writeFileSync(file, "config: {");
  expect(() => ownKeys(file)).toThrow("is no YAML");
});

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process in a Pulumi project; `answers` are typed at a terminal of its own, each after its question. */
async function extrude(words: readonly string[], answers?: readonly (readonly [string, string])[]): Promise<Said> {
  const bin = join(packageRoot, "node_modules", ".bin");
  const command = [join(bin, "tsx"), join(packageRoot, "cli", "main.ts"), "init", ...words];
  const quoted = command.map((word) => `'${word}'`).join(" ");
  const onTerminal = ["script", "--quiet", "--return", "--command", quoted, "/dev/null"];
  const [file = "", ...rest] = answers === undefined ? command : onTerminal;
  const environment = { PATH: `${folder()}:${bin}:/usr/bin:/bin`, HOME: folder(), TERM: "xterm" };
  const child = spawn(file, rest, { cwd: folder(), env: environment, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined);
  if (answers === undefined) child.stdin.end();
  let [stdout, stderr] = ["", ""];
  const left = [...(answers ?? [])];
  let seen = 0;
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
    const [next] = left;
    if (next === undefined || !stdout.slice(seen).includes(next[0])) return;
    seen = stdout.length;
    left.shift();
    child.stdin.write(`${next[1]}\r`);
  });
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

describe("extrude init", () => {
  let places: string[] = [];
  const trusted = (): string[] => ["--colo-key", fingerprint(keys.host.public), "--router-key", keys.host.public];
  const all = (): string[] => ["--identity", "key", "--address", "77.1.2.3", ...places, ...trusted()];
  const file = (): string => join(folder(), "Pulumi.prod.yaml");

  beforeEach(async () => {
    const servers = [
      await sshServer(() => ({ stdout: rackSays, code: 0 })),
      await sshServer(() => ({ stdout: routerSays, code: 0 })),
    ];
    const [rack, router] = servers.map(({ host, port, user }) => `${user ?? ""}@${host}:${port ?? 22}`);
    places = ["--colo", rack ?? "", "--router", router ?? ""];
    writeFileSync(join(folder(), "Pulumi.yaml"), "name: net\nruntime: nodejs\n");
    writeFileSync(join(folder(), "key"), keys.user.private, { mode: 0o600 });
  });

  test("writes what both machines have, without a terminal, and no secret", async () => {
    const { code, stdout, stderr } = await extrude([...all(), "--line", "dsl=ppp0,weight=1", "cable=eth2,weight=4"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const ports = places.filter((each) => each.includes("@")).map((each) => each.split(":")[1] ?? "");
    const plain = (text: string): string =>
      ports
        .reduce((shown, port, index) => shown.replaceAll(port, `PORT${index}`), text)
        .replaceAll(folder(), "FOLDER")
        .replaceAll(keys.host.public.split(" ")[1] ?? "", "HOSTKEY");
    expect(plain(readFileSync(file(), "utf8"))).toMatchSnapshot();
    expect(plain(stdout)).toMatchSnapshot();
    expect(readFileSync(file(), "utf8")).not.toContain("PRIVATE KEY");
  });

  test("--json tells the same to programs, and --dry-run writes nothing", async () => {
    const { code, stdout } = await extrude([...all(), "--json", "--dry-run"]);
    const said = JSON.parse(stdout) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(said).toMatchObject({ stack: "prod", file: file(), written: false });
    expect(Object.keys((said["config"] as { uplinks: object }).uplinks)).toEqual(["eth1", "eth2", "dsl", "lte"]);
    expect(existsSync(file())).toBe(false);
  });

  test("says all that is missing at once where nobody can be asked", async () => {
    const { code, stdout, stderr } = await extrude([]);
    expect({ code, stdout, stderr }).toMatchSnapshot();
    const wrong = await extrude([
      "--colo",
      "a b",
      "--router",
      "x@y",
      "--address",
      "1.2.3.4",
      "--site",
      "-",
      "--identity",
      "none",
    ]);
    expect(wrong.stderr).toMatch(
      /--colo: 'a b' is not \[USER@\]HOST\[:PORT\]\.\n.*--site: '-' is no name.*\n.*--identity: .*none cannot be read/,
    );
    expect(wrong.code).toBe(2);
  });

  test("never takes another host key than is said, and says which it has", async () => {
    const untold = await extrude([...all().slice(0, -4)]);
    expect(untold.stderr).toContain(
      `--colo-key is missing, and nobody can be asked here: the machine that answers has ${fingerprint(keys.host.public)}`,
    );
    expect(untold.stderr).toContain("--router-key is missing");
    const wrong = await extrude([...all(), "--colo-key", fingerprint(keys.other.public)]);
    expect(wrong.stderr).toMatch(
      /--colo 127\.0\.0\.1 has the host key .* which is not what --colo-key says: another machine answers/,
    );
    for (const { code } of [untold, wrong]) expect(code).toBe(3);
    expect(existsSync(file())).toBe(false);
  });

  test("a machine that is not there, and one that lets nobody in, are both said with what to do", async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    writeFileSync(join(folder(), "key"), keys.other.private);
    const { code, stderr } = await extrude([...all(), "--colo", `127.0.0.1:${port}`]);
    expect(stderr).toMatch(/--colo 127\.0\.0\.1, port \d+ cannot be reached by SSH \(.*\)\. Is the machine on/);
    expect(stderr).toMatch(/--router 127\.0\.0\.1, port \d+ does not let admin in .* Give the right user/);
    expect(code).toBe(3);
  });

  test("leaves a configuration alone that is there, until it is told otherwise", async () => {
    writeFileSync(file(), "config:\n  extrude:hosts: {}\n  other:key: 1\n");
    const refused = await extrude(all());
    expect(refused.stderr).toContain("has extrude:hosts already. Nothing has been written.");
    expect(refused.code).toBe(1);
    expect((await extrude([...all(), "--overwrite"])).code).toBe(0);
    expect(readFileSync(file(), "utf8")).toContain("other:key: 1");
  });

  test("writes nothing that preview would refuse", async () => {
    const { code, stderr } = await extrude([...all(), "--address", "77.1.2.2"]);
    expect(stderr).toMatch(/Nothing has been written, since it would not work:\n {2}extrude:addresses\.public.*\[/);
    expect(code).toBe(1);
    expect(existsSync(file())).toBe(false);
  });

  test("outside of a project it says where to go", async () => {
    const { code, stderr } = await extrude([...all(), "--cwd", "/"]);
    expect(stderr).toContain("There is no Pulumi.yaml in /");
    expect(code).toBe(2);
  });

  test("asks at a terminal, and shows host keys", async () => {
    const { code, stdout } = await extrude(
      ["--identity", "key"],
      [
        ["stack's name", "prod"],
        ["server at the colo", places[1] ?? ""],
        ["site's router", places[3] ?? ""],
        ["public address", "77.1.2.3"],
        ["site's name", ""],
        ["rack at 127.0.0.1 shows", "y"],
        ["router at 127.0.0.1 shows", "y"],
        ["eth1 has 55.1.2.3", "n"],
        ["eth2 has 99.1.2.3", "y"],
        ["name for the line of eth2", "cable"],
        ["gateway of cable", ""],
        ["travel over cable", ""],
        ["share of cable", "4"],
        ["ppp0 has an address that changes", "n"],
        ["wwan0 has", "n"],
      ],
    );
    expect(stdout).toContain(fingerprint(keys.host.public));
    expect(code).toBe(0);
    const made = parse(readFileSync(file(), "utf8")) as { config: Record<string, unknown> };
    expect(made.config["extrude:uplinks"]).toEqual({
      cable: { colo: "colo", router: "router", interface: "eth2", address: "99.1.2.3", gateway: "99.1.2.1" },
    });
    expect(made.config["extrude:sites"]).toMatchObject({ office: { uplinks: { cable: { weight: 4 } } } });
  });

  test.each([
    ["takes it", "", "pulumi config set"],
    ["has no such stack", "exit 255", ""],
  ])("a password is for Pulumi alone to keep, which %s", async (_, ending, absent) => {
    writeFileSync(join(folder(), "pulumi"), `#!/bin/sh\necho "$*" >>calls\ncat >>given\n${ending}\n`);
    chmodSync(join(folder(), "pulumi"), 0o755);
    const words = ["--stack", "prod", "--site", "office", "--address", "77.1.2.3", "--line", "cable=eth2"];
    const { code, stdout } = await extrude(
      [...words, ...places, ...trusted()],
      [
        ["log in?", ""],
        ["password, the same", password],
      ],
    );
    expect(code).toBe(0);
    expect(readFileSync(join(folder(), "given"), "utf8")).toBe(password + password);
    const path = "extrude:hosts.router.password";
    expect(readFileSync(join(folder(), "calls"), "utf8")).toContain(
      `config set --secret --path ${path} --non-interactive --stack prod\n`,
    );
    for (const text of [readFileSync(file(), "utf8"), stdout, readFileSync(join(folder(), "calls"), "utf8")]) {
      expect(text).not.toContain(password);
    }
    if (absent === "") expect(stdout).toContain(`pulumi config set --stack prod --secret --path '${path}'`);
    else expect(stdout).not.toContain(absent);
  });

  test("a host key that is not confirmed ends it", async () => {
    const words = [...all().slice(0, -4), "--stack", "prod", "--site", "office"];
    const { code, stdout } = await extrude(words, [
      ["rack at 127.0.0.1 shows", "n"],
      ["router at 127.0.0.1 shows", ""],
    ]);
    expect(stdout).toContain("The host key of --colo 127.0.0.1 was not confirmed.");
    expect(code).toBe(3);
    expect(existsSync(file())).toBe(false);
  });

  test("Ctrl-C ends it", async () => {
    const { code, stdout } = await extrude([], [["stack's name", "\u0003"]]);
    expect(stdout).toContain("Interrupted. Nothing has been written.");
    expect(code).toBe(1);
  });
});
