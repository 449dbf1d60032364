/**
 * The dashboard's panels as one picture, of what two hosts have measured: `npm run dashboard -- FILE.svg`. The hosts are
 * pretended; the agent that says what they count, Prometheus, and the queries are real.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../lab/paths";
import { scrapeSeconds, simulatedHistory } from "../tests/unit/agent-metrics-history";
import { PrometheusServer } from "../tests/unit/prometheus-server";
import { drawDashboard } from "./dashboard-drawing";
import { ask, type Dashboard, named, type Period, resolved, type Shown } from "./dashboard-panels";

export const dashboard = JSON.parse(
  readFileSync(join(packageRoot, "monitoring", "dashboard.json"), "utf8"),
) as Dashboard;
const end = Date.UTC(2026, 10, 27, 4) / 1000;
/** Rates look back, so the first minutes have none. */
export const period: Period = { start: end - 1500, end, step: scrapeSeconds };

export interface Drawn {
  readonly shown: readonly Shown[];
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

/** What the dashboard shows of the simulated half hour. */
export async function showDashboard(folder: string): Promise<Drawn> {
  const server = await PrometheusServer.of(folder, simulatedHistory(folder, end));
  return showFrom(server).finally(() => server.stop());
}

export async function showFrom(server: PrometheusServer): Promise<Drawn> {
  const shown = await Promise.all(dashboard.panels.map((panel) => ask(panel, server, period)));
  const marks = dashboard.annotations.list.map(async ({ expr, titleFormat }) => {
    const found = await server.queryRange(resolved(expr, period.step), period);
    // A series' value is the moment, in milliseconds.
    return found.flatMap(({ metric, values = [] }) =>
      [...new Set(values.map(([, value]) => Number(value) / 1000))]
        .filter((at) => at >= period.start && at <= period.end)
        .map((at) => ({ at, text: named(titleFormat, metric) })),
    );
  });
  return { shown, marks: (await Promise.all(marks)).flat() };
}

async function main(): Promise<void> {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error("Name the file to write: npm run dashboard -- FILE.svg");
  const folder = mkdtempSync(join(tmpdir(), "extrude-dashboard-"));
  try {
    const { shown, marks } = await showDashboard(folder);
    writeFileSync(file, drawDashboard(dashboard.title, shown, period, marks));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  });
}
