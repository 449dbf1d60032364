import { createServer, connect, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What a lab's owner does for whoever uses the lab: what needs QEMU, not SSH. */
export interface OwnerCalls {
  /** Back to the snapshot, or to a moment that was kept: new machines in place of the running ones. */
  reset(moment?: string): Promise<void>;
  /** Keeps this moment of all machines, which go on from it. */
  keep(moment: string): Promise<void>;
  /** A power cut, and power back: what a machine had not written to its disk is gone. */
  powerCut(host: string): Promise<void>;
  setCarrier(host: string, nic: string, carrier: boolean): Promise<void>;
  machines(): Promise<readonly MachineStatus[]>;
  stop(): Promise<void>;
}

export interface MachineStatus {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
}

interface Request {
  readonly token: string;
  readonly call: keyof OwnerCalls;
  readonly args: readonly unknown[];
}

type Response = { readonly result: unknown } | { readonly error: string };

function dispatch(owner: OwnerCalls, { call, args }: Request): Promise<unknown> {
  switch (call) {
    case "reset":
      return owner.reset(typeof args[0] === "string" ? args[0] : undefined);
    case "keep":
      return owner.keep(String(args[0]));
    case "machines":
      return owner.machines();
    case "stop":
      return owner.stop();
    case "powerCut":
      return owner.powerCut(String(args[0]));
    case "setCarrier":
      return owner.setCarrier(String(args[0]), String(args[1]), args[2] === true);
  }
}

async function answer(owner: OwnerCalls, token: string, line: string): Promise<Response> {
  try {
    const request = JSON.parse(line) as Request;
    if (request.token !== token) return { error: "The lab's owner was called with the wrong token." };
    return { result: (await dispatch(owner, request)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Listens on the first port of the lab's block, which is also what reserves the block. One line of JSON in, one out;
 * the token keeps the machine's other users away.
 */
export class ControlServer {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private serve: (line: string) => Promise<Response> = () => Promise.resolve({ error: "The lab is not ready yet." });

  listen(port: number): Promise<boolean> {
    const server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
      createInterface({ input: socket }).on("line", (line) => {
        void this.serve(line).then((response) => {
          if (!socket.destroyed) socket.end(JSON.stringify(response) + "\n");
        });
      });
    });
    return new Promise((resolve) => {
      server.once("error", () => {
        resolve(false);
      });
      server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
        this.server = server;
        resolve(true);
      });
    });
  }

  start(owner: OwnerCalls, token: string): void {
    this.serve = (line) => answer(owner, token, line);
  }

  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    // A moment for the answer to the call that asked for the end.
    const late = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy();
    }, 1_000);
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    clearTimeout(late);
  }
}

/** Resetting takes seconds; more only on a machine that is busy beyond use. */
const answerWithinMs = 300_000;

/** Calls a lab's owner. */
export function ownerAt(name: string, port: number, token: string): OwnerCalls {
  const call = (method: keyof OwnerCalls, ...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port });
      let text = "";
      socket.setEncoding("utf8");
      socket.setTimeout(answerWithinMs, () => socket.destroy(new Error(`no answer in ${answerWithinMs / 1000} s`)));
      socket.on("connect", () => socket.write(JSON.stringify({ token, call: method, args } satisfies Request) + "\n"));
      socket.on("data", (data: string) => (text += data));
      socket.on("error", (error) => {
        reject(new Error(`The lab "${name}" does not answer (${error.message}). Take it down and start it again.`));
      });
      socket.on("close", () => {
        if (!text.endsWith("\n")) {
          reject(new Error(`The owner of the lab "${name}" ended during ${method}.`));
          return;
        }
        const response = JSON.parse(text) as Response;
        if ("error" in response) reject(new Error(response.error));
        else resolve(response.result);
      });
    });
  return {
    reset: async (moment) => {
      await call("reset", ...(moment === undefined ? [] : [moment]));
    },
    keep: async (moment) => {
      await call("keep", moment);
    },
    powerCut: async (host) => {
      await call("powerCut", host);
    },
    setCarrier: async (host, nic, carrier) => {
      await call("setCarrier", host, nic, carrier);
    },
    machines: async () => (await call("machines")) as readonly MachineStatus[],
    stop: async () => {
      await call("stop");
    },
  };
}
