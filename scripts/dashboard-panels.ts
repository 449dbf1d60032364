/** A dashboard of Grafana's, and what its panels show: their queries, as Grafana would put them, and the answers. */
import type { PrometheusServer, Series } from "../tests/unit/prometheus-server";

export interface Mapping {
  readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
}

export interface Panel {
  readonly title: string;
  readonly type: "stat" | "state-timeline" | "timeseries" | "table";
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit: string;
      readonly decimals?: number;
      readonly min?: number;
      readonly max?: number;
      readonly custom?: { readonly drawStyle?: "bars" };
      readonly mappings?: readonly Mapping[];
      readonly thresholds?: { readonly steps: readonly { readonly color: string; readonly value: number | null }[] };
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: string | number }[];
    }[];
  };
  readonly targets: readonly Target[];
  readonly transformations?: readonly { readonly id: string; readonly options: Organized }[];
}

interface Organized {
  readonly excludeByName?: Readonly<Record<string, boolean>>;
  readonly indexByName?: Readonly<Record<string, number>>;
  readonly renameByName?: Readonly<Record<string, string>>;
}

export interface Dashboard {
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string; readonly titleFormat: string }[] };
  readonly panels: readonly Panel[];
}

/** What a panel shows: its curves, each of moments and numbers, or the cells of its table, the head first. */
export interface Shown {
  readonly panel: Panel;
  readonly curves: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
  readonly rows: readonly (readonly string[])[];
}

/** The part of time that a dashboard shows, in seconds since 1970, and how often hosts are scraped. */
export interface Period {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** A query with the variables as they are when all is chosen, for hosts that are scraped every `step` seconds. */
export function resolved(expression: string, step: number): string {
  return expression.replaceAll("$__rate_interval", `${4 * step}s`).replaceAll(/\$(instance|stack|line)\b/g, ".*");
}

export function named(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? "");
}

export async function ask(panel: Panel, server: PrometheusServer, period: Period): Promise<Shown> {
  const { start, end, step } = period;
  if (panel.type === "table") {
    const answers = panel.targets.map(({ expr }) => server.query(resolved(expr, step), end));
    return { panel, curves: [], rows: organize(panel, merge(panel.targets, await Promise.all(answers))) };
  }
  const curves = await Promise.all(
    panel.targets.map(async ({ expr, legendFormat }) => {
      const found = await server.queryRange(resolved(expr, step), { start, end, step });
      return found.map(({ metric, values = [] }) => ({
        name: named(legendFormat, metric),
        points: values.map(([moment, value]) => [moment, Number(value)] as const),
      }));
    }),
  );
  return { panel, curves: curves.flat(), rows: [] };
}

type Row = Record<string, string>;

/** As Grafana's transformation "merge": rows become one where all columns that they share are the same. */
function merge(targets: readonly Target[], answers: readonly (readonly Series[])[]): Row[] {
  const rows: Row[] = [];
  answers.forEach((found, index) => {
    for (const { metric, value } of found) {
      const own: Row = { ...metric, [`Value #${targets[index]?.refId ?? ""}`]: value?.[1] ?? "" };
      const row = rows.find((each) =>
        Object.entries(own).every(([column, text]) => each[column] === undefined || each[column] === text),
      );
      if (row === undefined) rows.push(own);
      else Object.assign(row, own);
    }
  });
  return rows;
}

/** As Grafana's transformation "organize": which columns there are, in which order, and under which names. */
function organize({ transformations = [] }: Panel, rows: readonly Row[]): string[][] {
  const options = transformations.find(({ id }) => id === "organize")?.options ?? {};
  const { excludeByName = {}, indexByName = {}, renameByName = {} } = options;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    .filter((column) => excludeByName[column] !== true)
    .sort((one, two) => (indexByName[one] ?? 99) - (indexByName[two] ?? 99));
  return [
    columns.map((column) => renameByName[column] ?? column),
    ...rows.map((row) => columns.map((column) => row[column] ?? "")),
  ];
}
