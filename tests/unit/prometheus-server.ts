import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { poll } from "../../lab/poll";
import { prometheus, promtool } from "./prometheus";
import { run } from "./tools";

/** A result of a query: a series, with its value or values as pairs of a moment and a number. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A real Prometheus, whose data are in a folder. */
export class PrometheusServer {
  private constructor(
    private readonly api: string,
    /** Returns once its process is gone. */
    readonly stop: () => Promise<void>,
  ) {}

  /** `config` is its configuration file's content, and `data` its store; a store that is there already is taken over. */
  static async start(folder: string, config: object): Promise<PrometheusServer> {
    const port = await freePort();
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, JSON.stringify(config));
    const words = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, "data")}`];
    const child = spawn(prometheus(), [...words, `--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
    const stop = (): Promise<void> =>
      new Promise((resolve) => {
        child.once("close", () => {
          resolve();
        });
        child.kill("SIGKILL");
      });
    return new PrometheusServer(`http://127.0.0.1:${port}/api/v1`, stop);
  }

  /** One that knows what was measured before, and measures nothing. */
  static async of(folder: string, openMetrics: string): Promise<PrometheusServer> {
    const file = join(folder, "metrics.txt");
    writeFileSync(file, openMetrics);
    const { status, stderr } = run(
      [promtool(), "tsdb", "create-blocks-from", "openmetrics", file, join(folder, "data")],
      "",
    );
    if (status !== 0) throw new Error(`promtool does not take the metrics: ${stderr}`);
    const server = await PrometheusServer.start(folder, {});
    await poll("Prometheus to answer", () => server.ask("status/buildinfo"), { deadlineMs: 60_000, intervalMs: 100 });
    return server;
  }

  async ask(path: string): Promise<unknown> {
    const { status, data, error } = (await (await fetch(`${this.api}/${path}`)).json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    if (status !== "success") throw new Error(`${path}: ${error ?? status}`);
    return data;
  }

  /** The value at a moment, in seconds since 1970; at this one, if none is given. */
  async query(expression: string, time?: number): Promise<readonly Series[]> {
    const words = { query: expression, ...(time === undefined ? {} : { time: String(time) }) };
    return this.results(`query?${new URLSearchParams(words).toString()}`);
  }

  async queryRange(
    expression: string,
    range: { start: number; end: number; step: number },
  ): Promise<readonly Series[]> {
    const { start, end, step } = range;
    const words = { query: expression, start: String(start), end: String(end), step: String(step) };
    return this.results(`query_range?${new URLSearchParams(words).toString()}`);
  }

  private async results(path: string): Promise<readonly Series[]> {
    return ((await this.ask(path)) as { result: readonly Series[] }).result;
  }
}
