import { createHash } from "node:crypto";
import { type Server, connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Runs `work` while no other process works in the same directory. The lock is a socket in Linux's abstract
 * namespace: it needs no file and ends with its process, however that ends. Elsewhere there is no lock: every
 * result is moved into place by one rename, so two processes waste time but do no harm.
 */
export async function locked<T>(directory: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  if (process.platform !== "linux") return work();
  const address = `\0extrude-toolchain-${createHash("sha256").update(directory).digest("hex").slice(0, 32)}`;
  let told = false;
  for (;;) {
    const server = await tryListen(address);
    if (server !== undefined) {
      try {
        return await work();
      } finally {
        await close(server);
      }
    }
    if (!told) onWait();
    told = true;
    await untilReleased(address);
  }
}

interface Held {
  readonly server: Server;
  readonly end: () => void;
}

function tryListen(address: string): Promise<Held | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<{ destroy: () => void }>();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on("error", () => undefined).on("close", () => waiting.delete(socket));
    });
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      const end = (): void => {
        for (const socket of waiting) socket.destroy();
      };
      resolve({ server, end });
    });
  });
}

function close(held: Held): Promise<void> {
  return new Promise((resolve) => {
    held.server.close(() => {
      resolve();
    });
    held.end();
  });
}

/** The holder never writes: the connection ends when the holder is done or dead. */
async function untilReleased(address: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(address);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve();
    });
    socket.resume();
  });
  await pause(50);
}
