import { remote } from "@pulumi/command";
import { Output } from "@pulumi/pulumi";
import type { SshServer, Traffic } from "./sshServer";

export type Args = Partial<remote.CommandArgs>;

/** A program with one Command per name. What they print is to be read in the stored state. */
export function units(commands: Readonly<Record<string, Args>>, defaults: Args["connection"]) {
  return (): Record<string, remote.Command> =>
    Object.fromEntries(
      Object.entries(commands).map(([name, args]) => {
        const connection = args.connection ?? defaults ?? { host: "127.0.0.1" };
        const command = new remote.Command(name, { ...args, connection });
        tolerateRejection(command);
        return [name, command];
      }),
    );
}

/** The outputs of a resource that fails reject, and nobody waits for them: that must not end the test process. */
function tolerateRejection(resource: object): void {
  for (const value of Object.values(resource)) {
    if (!Output.isInstance(value)) continue;
    const { isKnown, isSecret } = value as unknown as Record<"isKnown" | "isSecret", Promise<boolean>>;
    isKnown.catch(ignore);
    isSecret.catch(ignore);
  }
}

function ignore(): void {
  // The engine reports the failure; the tests look there.
}

/** All verbs of a unit, in the form by which `ofUnit` finds them. */
export function verbs(unit: string): { create: string; update: string; delete: string; stdin: string } {
  return { create: `create ${unit}`, update: `update ${unit}`, delete: `delete ${unit}`, stdin: `payload of ${unit}` };
}

/** Runs one operation and tells what the server saw of it. */
export async function during<T>(server: SshServer, operate: () => Promise<T>): Promise<T & { traffic: Traffic }> {
  server.take();
  const operation = await operate();
  return { ...operation, traffic: server.take() };
}
