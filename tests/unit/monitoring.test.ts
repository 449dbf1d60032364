import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { packageRoot } from "../../lab/paths";
import { poll } from "../../lab/poll";
import { resolved } from "../../scripts/dashboard-panels";
import { busyHost } from "./agent-metrics-fixture";
import { promtool } from "./prometheus";
import { PrometheusServer } from "./prometheus-server";
import { run, temporaryFolder } from "./tools";

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}
interface Dashboard {
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(packageRoot, "monitoring", ...parts);
const rules = (parse(readFileSync(at("extrude.rules.yml"), "utf8")) as Rules).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync(at("dashboard.json"), "utf8")) as Dashboard;
const page = readFileSync(join(packageRoot, "docs", "metrics.md"), "utf8");

const queries = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...dashboard.annotations.list.map(({ expr }) => ["annotations", expr] as const),
];
const metricsIn = (text: string): string[] => [...new Set(text.match(/\b(extrude|node_textfile)_[a-z_]+/g) ?? [])];
const exported = (text: string): string[] => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);

test("promtool finds nothing wrong with the alert rules, and they fire when they should, and only then", () => {
  const checked = run([promtool(), "check", "rules", at("extrude.rules.yml")], "");
  expect(checked).toMatchObject({ status: 0, stderr: "" });
  const tested = run([promtool(), "test", "rules", at("extrude.rules.test.yml")], "");
  expect(tested.stdout + tested.stderr).toContain("SUCCESS");
  expect(tested.status).toBe(0);
});

test("every alert fires in a test of promtool's", () => {
  const tests = readFileSync(at("extrude.rules.test.yml"), "utf8");
  for (const { alert } of rules) {
    expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n\\s+- exp_labels`));
  }
});

test("every metric that a query names is one that hosts have", () => {
  const hosts = [...exported(busyHost(folder()).call(["metrics"]).stdout), "node_textfile_mtime_seconds"];
  const variables = dashboard.templating.list.map(({ definition = "" }) => definition);
  const named = metricsIn(
    [...queries.map(([, expr]) => expr), ...rules.map(({ expr }) => expr), ...variables].join("\n"),
  );
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !hosts.includes(name))).toEqual([]);
});

test("the page has every metric that hosts have, and every alert, with what to do", () => {
  for (const name of exported(busyHost(folder()).call(["metrics"]).stdout)) expect(page).toContain(`\`${name}\``);
  for (const { alert } of rules) expect(page).toMatch(new RegExp(`\n### ${alert}\n\n[^#\n]{40}`));
  expect([...page.matchAll(/^### (\S+)$/gm)].map(([, name]) => name).sort()).toEqual(
    rules.map(({ alert }) => alert).sort(),
  );
});

describe("a real Prometheus", () => {
  const ended: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0)) await end();
  });

  /** What node_exporter would hand on. */
  async function exporter(text: string): Promise<number> {
    const server: Server = createServer((_, response) => {
      response.setHeader("Content-Type", "text/plain; version=0.0.4");
      response.end(
        `${text}# TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file="/d/extrude.prom"} 5\n`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ended.push(
      () =>
        new Promise((resolve) =>
          server.close(() => {
            resolve();
          }),
        ),
    );
    return (server.address() as AddressInfo).port;
  }

  async function start(target: number): Promise<PrometheusServer> {
    const server = await PrometheusServer.start(folder(), {
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [at("extrude.rules.yml")],
      scrape_configs: [{ job_name: "node", static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
    });
    ended.push(server.stop);
    return server;
  }

  test("answers every query of the dashboard from what a host tells, and sees what is wrong with it", async () => {
    const server = await start(await exporter(busyHost(folder()).call(["metrics"]).stdout));
    const unanswered = new Map(queries.map(([title, expr]) => [`${title}: ${expr}`, resolved(expr, 2.5)]));
    await poll(
      "every query to be answered",
      async () => {
        for (const [key, expr] of unanswered) {
          if ((await server.query(expr)).length > 0) unanswered.delete(key);
        }
        if (unanswered.size > 0) throw new Error(`no answer to ${[...unanswered.keys()].join("; ")}`);
        return true;
      },
      { deadlineMs: 120_000, intervalMs: 1000 },
    );
    await poll("the alerts of this host", async () => {
      const { alerts } = (await server.ask("alerts")) as { alerts: { labels: { alertname: string } }[] };
      const names = new Set(alerts.map(({ labels }) => labels.alertname));
      return ["ExtrudeChangeBroken", "ExtrudeSiteCutOff", "ExtrudeTunnelDown", "ExtrudeMetricsOld"].every((name) =>
        names.has(name),
      );
    });
  });
});
