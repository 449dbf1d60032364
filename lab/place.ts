import type { Duplex } from "node:stream";
import type { ExecOptions, ExecResult, RemoteProcess } from "./ssh";

/** Where commands can be run: a machine, or a namespace of the world. */
export interface Place {
  readonly name: string;
  /** As root; waits for the end. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** As root; returns once it runs. */
  start(command: string, options?: ExecOptions): Promise<RemoteProcess>;
  /** As root; its stdin and stdout. */
  stream(command: string): Promise<Duplex>;
}

/** One word for a shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
