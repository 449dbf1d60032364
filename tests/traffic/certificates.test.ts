import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { diffStates } from "../../lab/state";
import { interfaceName } from "../../planning/names";
import { ikePort } from "../../planning/numbers";
import { unitOf } from "../e2e/support/agent";
import { Capture } from "../e2e/support/capture";
import { freshLab } from "../e2e/support/lab";
import { extruded, siteConfig, tunnelsUp, tunnelUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { makeCertificate, makeEnds } from "../unit/certificates";
import { probeWhile, secondsSince, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);

let lab: Lab;
let stack: TestStack;
let before: States;
let capture: Capture;

const folder = mkdtempSync(join(tmpdir(), "extrude-certificates-"));
const ends = makeEnds();

/** A file with this text, by its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** One line, whose site has another certificate of the same name for each version. */
function config(keyVersion: number) {
  const names = ["dsl.example.net"];
  const router = keyVersion === 1 ? ends.router : makeCertificate("dsl", { names, by: ends.authorities.router });
  const entry = (end: "colo" | "router", pair: { certificate: string; privateKey: string }) => ({
    certificateFile: file(`${end}.crt`, pair.certificate),
    privateKeyFile: file(`${end}.key`, pair.privateKey),
    trustedCaFile: file(`${end}.ca`, ends[end].trustedCa),
  });
  const x509 = { colo: entry("colo", ends.colo), router: entry("router", router) };
  return siteConfig(lab, {
    uplinks: { dsl: {} },
    lines: { dsl: { encapsulation: "ipsec", keyVersion, x509 } },
  });
}

const nameOf = (keyVersion: number): string => (keyVersion === 1 ? "dsl" : `dsl@${keyVersion}`);
const tunnelOf = (keyVersion: number): string => interfaceName(unitOf("uplink", nameOf(keyVersion)));

beforeAll(async () => {
  lab = await freshLab();
  before = await statesOf(lab);
  capture = await Capture.start(lab.namespace("dsl"));
  stack = await TestStack.create("dev", config(1));
  await stack.up();
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  stack.dispose();
  await lab.detach();
});

test("two ends with certificates of each other's authorities agree, and the site is reached", async () => {
  await tunnelsUp(lab, 1, 60_000);
  await lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 5 ${extruded}`);
  const { stdout } = await lab.host("colo").exec("journalctl -o cat -u 'extrude-charon@*'");
  expect(stdout).toContain("authentication of 'dsl.example.net' with RSA");
});

test("private keys are readable by root alone, and in no journal", async () => {
  for (const host of ["colo", "router"] as const) {
    const [, line = ""] = ends[host].privateKey.split("\n");
    const { stdout } = await lab
      .host(host)
      .exec(
        `cd / && find run/extrude/charon -path '*private/*' -type f -printf '%m %u\\n'; journalctl -o cat | grep -cF '${line.slice(32)}'`,
        { allowFailure: true },
      );
    expect({ host, stdout }).toEqual({ host, stdout: "600 root\n0\n" });
  }
});

test("an authority that is not the right one is named by doctor, and put right by the watcher", async () => {
  const colo = lab.host("colo");
  const other = makeCertificate("site CA").certificate;
  await colo.exec("systemctl stop extrude-watch.service");
  try {
    await colo.exec(
      [
        "cd /run/extrude/charon",
        `cat >colo.d/x509ca/${tunnelOf(1)}.pem <<'PEM'\n${other}PEM`,
        "swanctl --load-conns --file colo.d/swanctl.conf --uri unix://$PWD/colo.vici",
        `swanctl --terminate --ike ${tunnelOf(1)} --uri unix://$PWD/colo.vici`,
      ].join("\n"),
    );
    await tunnelsUp(lab, 0);
    const sentence = `dsl: rack does not take the certificate of the other end of ${tunnelOf(1)}: its trusted authority has not signed it, or one of the two is not valid now.`;
    const named = async (): Promise<boolean> => {
      const { code, stdout } = await stack.extrude("doctor");
      expect(code).toBe(1);
      expect(stdout).toContain(sentence);
      return true;
    };
    await poll("doctor to name the certificate", named, { deadlineMs: 60_000 });
  } finally {
    await colo.exec("systemctl start extrude-watch.service; ip link add happens type dummy; ip link del happens");
  }
  await tunnelsUp(lab, 1, 90_000);
});

test("another certificate of the same name takes over without a lost packet, and the old key leaves", async () => {
  const since = Date.now();
  const report = await probeWhile(lab, { to: extruded, echoAt: "router" }, () => stack.up(config(2)));
  process.stderr.write(`${report.lost} of ${report.sent} packets lost in ${secondsSince(since)} s\n`);
  expect(report.lost).toBeLessThanOrEqual(report.sent * 0.02);
  await tunnelUp(lab, tunnelOf(2));
  const { stdout } = await lab.host("router").exec("cd /run/extrude/charon && find . -path '*private/*' -type f");
  expect(stdout).toBe(`./${tunnelOf(2)}.d/private/${tunnelOf(2)}.pem\n`);
});

test("destroy leaves both hosts as they were, and the provider has seen nothing in clear", async () => {
  await stack.destroy();
  const after = await statesOf(lab);
  for (const host of ["colo", "router"] as const) {
    // The random number generator of the kernel's ciphers, which it never gives up once it has made it (crypto/rng.c).
    const stays = /: modules \+ (drbg|jitterentropy_rng|sha3_generic|sha512_generic)$/;
    expect(diffStates(before[host], after[host]).filter((difference) => !stays.test(difference))).toEqual([]);
  }
  const wire = `host 77.1.2.2 and (ip proto 50 or udp port ${ikePort})`;
  // What doctor sends is a ping to the colo.
  expect(await capture.lines(`not (${wire}) and not (icmp and host 77.1.2.2)`)).toEqual([]);
  expect((await capture.lines(wire)).length).toBeGreaterThan(1000);
});
