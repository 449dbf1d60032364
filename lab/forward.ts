import { createServer, type AddressInfo, type Socket } from "node:net";
import { guestFile } from "./paths";
import { quote, type Place } from "./place";

export interface ForwardOptions {
  /** Host or namespace from which the connections are made. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

export interface Forward {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A loopback port whose connections go on from a place in the lab, so over the network under test: what reaches a host
 * this way is cut off when that network is.
 */
export async function forward({ to, port }: ForwardOptions, from: Place): Promise<Forward> {
  const sockets = new Set<Socket>();
  const command = `exec python3 -c ${quote(guestFile("relay.py"))} ${quote(to)} ${port}`;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    from.stream(command).then(
      (channel) => {
        channel.on("error", () => undefined).on("close", () => socket.destroy());
        socket.on("close", () => channel.destroy());
        socket.pipe(channel).pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
