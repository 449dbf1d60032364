import { createServer } from "node:net";
import { ask } from "../../cli/ask";
import { DialError, Session } from "../../cli/ssh";
import type { Connection } from "../../cli/state";
import { unasked } from "../../rendering/unit";
import { secretKey, stackHost } from "./cli-fixture";
import { closing, keys, portOf, type Spoken, sshServer } from "./ssh-server";

async function problemOf(connection: Connection, dialMs?: number): Promise<{ problem: string; message: string }> {
  try {
    (await Session.dial(connection, dialMs)).close();
  } catch (error) {
    if (error instanceof DialError) return { problem: error.problem, message: error.message };
    throw error;
  }
  return { problem: "none", message: "" };
}

const fine = (): Spoken => ({ stdout: "clock 1\n", code: 0 });

test("a host that knows the key answers", async () => {
  const session = await Session.dial(await sshServer(() => ({ stdout: "out", stderr: "err", code: 7 })));
  expect(await session.run("anything", "input", 5_000)).toMatchObject({ stdout: "out", stderr: "err", code: 7 });
  session.close();
});

test("a host with another key than the stack knows is told nothing", async () => {
  const connection = await sshServer(fine);
  const found = await problemOf({ ...connection, hostKey: keys.other.public });
  expect(found).toEqual({
    problem: "host-key-differs",
    message: expect.stringContaining("another host key than the stack knows") as string,
  });
  const rsa = await problemOf({ ...connection, hostKey: "ssh-rsa AAAA" });
  expect(rsa.problem).toBe("host-key-differs");
});

test("where the program has no host key on purpose, whoever answers is asked", async () => {
  const { host, port, user, privateKey } = await sshServer(fine);
  expect((await problemOf({ host, port, user, privateKey })).problem).toBe("none");
});

test("a login that is refused, and a key that is none, say so without showing the key", async () => {
  const connection = await sshServer(fine);
  const refused = await problemOf({ ...connection, privateKey: keys.other.private });
  expect(refused.problem).toBe("login-refused");
  expect(refused.message).toContain("does not let admin in");
  const wrong = await problemOf({ ...connection, privateKey: secretKey });
  expect(wrong.problem).toBe("login-refused");
  expect(wrong.message).not.toContain(secretKey);
});

test("a port on which nobody listens, a name that nobody knows", async () => {
  const connection = await sshServer(fine);
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  expect((await problemOf({ ...connection, port })).problem).toBe("unreachable");
  expect((await problemOf({ ...connection, host: "no-such-host.invalid" })).problem).toBe("unresolved");
});

test("a server that says nothing is given up", async () => {
  const server = createServer((socket) => closing.push(() => socket.destroy()));
  const port = await portOf(server);
  closing.push(() => server.close());
  const started = Date.now();
  const { problem, message } = await problemOf({ host: "127.0.0.1", port, password: "x" }, 300);
  expect({ problem, message }).toEqual({
    problem: "unreachable",
    message: `127.0.0.1, port ${port} cannot be reached by SSH (no answer within 0.3 s).`,
  });
  expect(Date.now() - started).toBeLessThan(10_000);
});

test("a command that does not end is given up", async () => {
  const session = await Session.dial(await sshServer(() => ({})));
  await expect(session.run("anything", "", 200)).rejects.toThrow("no end after 0.2 s");
  session.close();
});

describe("a bastion", () => {
  test("leads to a host behind it", async () => {
    const behind = await sshServer(() => ({ stdout: "behind", code: 0 }));
    const proxy = await sshServer(fine, behind.port);
    const session = await Session.dial({ ...behind, host: "10.0.0.1", proxy });
    expect((await session.run("anything", "", 5_000)).stdout).toBe("behind");
    session.close();
  });

  test("that cannot reach it, or lets nobody in, is named", async () => {
    const behind = await sshServer(fine);
    const blind = await sshServer(fine);
    expect((await problemOf({ ...behind, proxy: blind })).message).toContain("cannot be reached from the bastion");
    const closed = await problemOf({ ...behind, proxy: { ...blind, privateKey: keys.other.private } });
    expect(closed).toMatchObject({
      problem: "login-refused",
      message: expect.stringMatching(/^the bastion /) as string,
    });
  });
});

describe("asking a host", () => {
  const asking = async (spoken: (command: string) => Spoken, probes = "") =>
    ask({ ...stackHost("router"), connection: await sshServer(spoken) }, probes);

  test.each([
    ["agent-missing", unasked.withoutAgent],
    ["sudo-refused", unasked.withoutRoot],
    ["agent-outdated", 2],
    ["unanswered", 1],
  ])("%s is told by its exit status", async (problem, code) => {
    const { refusal, facts } = await asking(() => ({ code, stderr: "why\n" }));
    expect(refusal?.problem).toBe(problem);
    expect(facts).toBeUndefined();
  });

  test("a host that is reached, and still busy with the facts when the time is over, is not called unreachable", async () => {
    const { refusal } = await ask({ ...stackHost("router"), connection: await sshServer(() => ({})) }, "", 3_000);
    expect(refusal?.problem).toBe("unanswered");
    expect(refusal?.text).toMatch(/^router did not answer a question to its end: no end after \d\.\d s\.$/);
  });

  test("facts and probes are two questions over one connection, by sudo", async () => {
    const commands: string[] = [];
    const answer = await asking((command) => {
      commands.push(command);
      return { stdout: command.endsWith("facts") ? "clock 5\nagent 0.1.0\n" : "path eth1 a b 1400\n", code: 0 };
    }, "counters\n");
    expect(answer.facts?.agent).toBe("0.1.0");
    expect(answer.probed?.paths).toEqual({ "eth1 a b": 1400 });
    expect(commands.map((command) => command.split("; ").at(-1))).toEqual([
      "sudo -n /usr/local/sbin/extrudectl facts",
      "sudo -n /usr/local/sbin/extrudectl probe",
    ]);
  });
});
