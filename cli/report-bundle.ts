import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, platform, release, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { create } from "tar";
import { type Answer, type Told } from "./ask";
import { askAll, putAll } from "./asking";
import { agentVersion, diagnose } from "./doctor";
import { exitCodes, Failure } from "./failure";
import { networkOf } from "./network";
import { probesOf } from "./diagnose-tunnel";
import { readStack } from "./pulumi";
import { Redactor } from "./redaction";
import type { Report, ReportOptions } from "./report";
import { placesOf, secretsOf } from "./secrets";
import { chooseHosts, hostsOf, type StackHost, type StackState } from "./state";

/** A file of the bundle, before it is redacted. */
export interface Page {
  readonly name: string;
  readonly what: string;
  readonly text: string;
}

const inspectMs = 90_000;

export async function writeReport(names: readonly string[], options: ReportOptions): Promise<Report> {
  const state = await readStack(options);
  const hosts = chooseHosts(hostsOf(state), names);
  const file = resolve(
    options.output ?? `extrude-report-${new Date().toISOString().replaceAll(/[-:]|\..*/g, "")}.tar.gz`,
  );
  refuseUnwritable(file);
  const version = await agentVersion();
  const [answers, told] = await Promise.all([askAll(hosts, probesOf), putAll(hosts, "inspect", () => "", inspectMs)]);
  const pages = redacted(pagesOf(version, hosts, answers, told), state, hosts);
  await bundle(file, pages.pages);
  const unasked = told.flatMap(({ host, refusal }) =>
    refusal === undefined ? [] : [{ host: host.name, text: refusal.text }],
  );
  const contents = pages.pages.map(({ name, what, text }) => ({ name, what, bytes: Buffer.byteLength(text) }));
  return { file, contents, redacted: pages.counts, unasked };
}

function refuseUnwritable(file: string): void {
  const why = existsSync(file)
    ? "it exists"
    : existsSync(dirname(file))
      ? undefined
      : `there is no directory ${dirname(file)}`;
  if (why === undefined) return;
  throw new Failure(`${file} cannot be written: ${why}. Choose another place: --output FILE`, exitCodes.found);
}

export function pagesOf(
  version: string,
  hosts: readonly StackHost[],
  answers: readonly Answer[],
  told: readonly Told[],
): Page[] {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const findings = diagnose(answers, version);
  return [
    {
      name: "versions.txt",
      what: "this machine",
      text: `extrude ${version}\nnode ${process.version}\n${platform()} ${release()} ${arch()}\n`,
    },
    { name: "network.json", what: "sites, lines and addresses, as the state has them", text: json(networkOf(hosts)) },
    { name: "findings.json", what: "what extrude doctor finds", text: json(findings) },
    ...hosts.map(({ name, units }) => ({
      name: `state/${name}.txt`,
      what: `the units of ${name}, as the state has them`,
      text: units.map(({ lines }) => `${lines.join("\n")}\n`).join("\n"),
    })),
    ...answers.map(({ host, facts, probed, refusal }) => ({
      name: `facts/${host.name}.json`,
      what: `what ${host.name} says of its units and lines`,
      text: json({ facts, probed, refusal }),
    })),
    ...told.flatMap(({ host, result }) =>
      result === undefined
        ? []
        : [
            {
              name: `hosts/${host.name}.txt`,
              what: `network, services and journal of ${host.name}`,
              text: result.stdout,
            },
          ],
    ),
  ];
}

/** The same pages as strangers may see them, and first a page that lists them. */
export function redacted(
  pages: readonly Page[],
  state: StackState,
  hosts: readonly StackHost[],
): { pages: Page[]; counts: Report["redacted"] } {
  const redactor = new Redactor(secretsOf(state, hosts), placesOf(hosts));
  const clean = pages.map((page) => ({ ...page, text: redactor.redact(page.text) }));
  const leaking = clean.find(({ text }) => redactor.leaks(text));
  if (leaking !== undefined) {
    throw new Failure(
      `Nothing was written: ${leaking.name} would still hold a secret. Please report this.`,
      exitCodes.found,
    );
  }
  const list = clean.map(({ name, what }) => `${name}: ${what}`);
  const counts = redactor.counts();
  const replaced = Object.entries(counts).map(([kind, count]) => `${kind}: ${count}`);
  const index = [
    "What is inside:",
    "",
    ...list,
    "",
    "Replaced, the same by the same words everywhere:",
    "",
    ...replaced,
    "",
  ];
  return { pages: [{ name: "README.txt", what: "this list", text: index.join("\n") }, ...clean], counts };
}

async function bundle(file: string, pages: readonly Page[]): Promise<void> {
  // Only what is redacted already ever is on the disk.
  const folder = mkdtempSync(join(tmpdir(), "extrude-report-"));
  try {
    const top = join(folder, "extrude-report");
    for (const { name, text } of pages) {
      mkdirSync(dirname(join(top, name)), { recursive: true });
      writeFileSync(join(top, name), text, { mode: 0o600 });
    }
    await create({ gzip: true, file, cwd: folder, portable: true, mode: 0o600 }, ["extrude-report"]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`The report cannot be written: ${why}. Choose another place: --output FILE`, exitCodes.found);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
