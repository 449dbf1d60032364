import type { Readable, Writable } from "node:stream";
import { createInterface } from "node:readline";

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly QMP?: unknown;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** QEMU's monitor protocol over a machine's own stdin and stdout: no socket to find, to guard or to clean up. */
export class Qmp {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private closed = false;
  private greet: () => void = () => undefined;
  private readonly greeted: Promise<void>;

  constructor(
    private readonly name: string,
    private readonly input: Writable,
    output: Readable,
  ) {
    this.greeted = new Promise((resolve) => {
      this.greet = resolve;
    });
    input.on("error", () => undefined);
    createInterface({ input: output })
      .on("line", (line) => {
        this.receive(JSON.parse(line) as Message);
      })
      .on("close", () => {
        this.close();
      });
  }

  async ready(): Promise<void> {
    await this.greeted;
    await this.execute("qmp_capabilities");
  }

  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.closed) return Promise.reject(new Error(`The machine ${this.name} is not running.`));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { command, resolve, reject });
      this.input.write(JSON.stringify({ execute: command, arguments: args, id }) + "\n");
    });
  }

  private receive(message: Message): void {
    if (message.QMP !== undefined) this.greet();
    if (message.id === undefined) return;
    const pending = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (message.error)
      pending?.reject(new Error(`${this.name}: QEMU refused ${pending.command}: ${message.error.desc}.`));
    else pending?.resolve(message.return);
  }

  private close(): void {
    this.closed = true;
    this.greet();
    for (const { command, reject } of this.pending.values()) {
      reject(new Error(`The machine ${this.name} ended while it was asked to ${command}.`));
    }
    this.pending.clear();
  }
}
