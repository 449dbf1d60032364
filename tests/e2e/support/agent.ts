import type { Lab } from "../../../lab/lab";
import type { ExecResult } from "../../../lab/ssh";
import { SshConnection } from "../../../lab/ssh";

/** Units on the hosts of the e2e stack "dev". */
export const unitOf = (kind: string, name: string): string => `organization/e2e/dev/${kind}/${name}`;

/** A unit that nobody has planned. */
export function handwritten(name: string, ...lines: string[]): string {
  return ["extrude unit 1", `unit ${unitOf("bond", name)}`, "host router", ...lines, "[end]", ""].join("\n");
}

export const nameOf = (unit: string): string => /^unit (.*)$/m.exec(unit)?.[1] ?? "";

/** The text of a unit that a host has. */
export async function unitText(lab: Lab, host: "colo" | "router", unit: string): Promise<string> {
  return (await lab.host(host).exec(`cat /var/lib/extrude/units/${unit}`)).stdout;
}

/** Applies a unit as Pulumi would, but over the management link. */
export function apply(lab: Lab, host: "colo" | "router", unit: string): Promise<ExecResult> {
  const command = `extrudectl apply ${nameOf(unit)}`;
  return lab.host(host).exec(command, { input: unit, allowFailure: true, timeoutMs: 120_000 });
}

/** An SSH connection to the router over the network under test, which a change there can cut. */
export async function loginOver(
  lab: Lab,
  address: string,
): Promise<{ ssh: SshConnection; close: () => Promise<void> }> {
  const way = await lab.forward({ from: "internet", to: address, port: 22 });
  const { user, privateKey, hostKey } = lab.host("router").ssh;
  const ssh = new SshConnection({ name: `router at ${address}`, port: way.port, username: user, privateKey, hostKey });
  const close = async (): Promise<void> => {
    ssh.drop();
    await way.close();
  };
  return { ssh, close };
}
