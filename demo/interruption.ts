/** Ctrl-C twice within this time is one: a terminal tells a whole group of processes, and some of them tell us again. */
const sameMs = 700;

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

type Handler = () => void;

/** What an interruption means right now: the last that asked decides, at first the end. */
export class Interruption {
  private readonly handlers: Handler[] = [];
  private last = 0;
  private happened_ = false;

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        this.take();
      });
    }
  }

  get happened(): boolean {
    return this.happened_;
  }

  /** Goes on only if nobody has asked for an end. */
  check(): void {
    if (this.happened_) throw new Interrupted();
  }

  /** `work`, which fails at once when interrupted; what it waits for goes on, or ends with this process. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    this.check();
    let handler: Handler = () => undefined;
    const interrupted = new Promise<never>((_, reject) => {
      handler = () => {
        reject(new Interrupted());
      };
    });
    return this.whileHandling(
      () => {
        handler();
      },
      Promise.race([work, interrupted]),
    );
  }

  /** `work`, with `handler` called at each interruption: for what has to end by itself. */
  async whileHandling<T>(handler: Handler, work: Promise<T>): Promise<T> {
    this.handlers.push(handler);
    try {
      return await work;
    } finally {
      this.handlers.splice(this.handlers.indexOf(handler), 1);
    }
  }

  private take(): void {
    const now = Date.now();
    if (now - this.last < sameMs) return;
    this.last = now;
    this.happened_ = true;
    this.handlers.at(-1)?.();
  }
}
