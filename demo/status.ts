import Table from "cli-table3";
import { z } from "zod";
import type { Lab } from "../lab/lab";
import { paint, terminalWidth } from "./style";

export interface TunnelStatus {
  readonly name: string;
  readonly device: string;
  /** As BFD at either end sees it; "none" where there is no session. */
  readonly atRack: string;
  readonly atRouter: string;
  /** The share of new connections that the rack's kernel gives it, in percent. */
  readonly share: number;
  readonly mtu: number;
}

const routesSchema = z.array(
  z.object({
    dev: z.string().optional(),
    protocol: z.string().optional(),
    nexthops: z.array(z.object({ dev: z.string(), weight: z.number() })).optional(),
  }),
);
const linksSchema = z.array(z.object({ ifname: z.string(), mtu: z.number() }));

/** Asks both hosts: nothing here is what the program wanted, all of it is what the kernels and BIRD have. */
export async function readTunnels(lab: Lab, address: string): Promise<TunnelStatus[]> {
  const [rack, router] = [lab.host("colo"), lab.host("router")];
  const [fromRack, fromRouter, routes, links] = await Promise.all([
    rack.exec("extrudectl status"),
    router.exec("extrudectl status"),
    rack.exec(`ip -j route show table all ${address}`),
    rack.exec("ip -j link show type gre"),
  ]);
  const [atRack, atRouter] = [sessions(fromRack.stdout), sessions(fromRouter.stdout)];
  const hops = routesSchema
    .parse(JSON.parse(routes.stdout))
    .filter(({ protocol }) => protocol === "bird")
    .flatMap(({ dev, nexthops }) => nexthops ?? (dev === undefined ? [] : [{ dev, weight: 1 }]));
  const total = hops.reduce((sum, { weight }) => sum + weight, 0);
  const known = linksSchema.parse(JSON.parse(links.stdout.trim() === "" ? "[]" : links.stdout));
  return [...new Set([...atRack.keys(), ...atRouter.keys()])].map((device) => {
    const weight = hops.find(({ dev }) => dev === device)?.weight ?? 0;
    return {
      name: /^x-(.+)-[^-]+$/.exec(device)?.[1] ?? device,
      device,
      atRack: atRack.get(device) ?? "none",
      atRouter: atRouter.get(device) ?? "none",
      share: total === 0 ? 0 : Math.round((100 * weight) / total),
      mtu: known.find(({ ifname }) => ifname === device)?.mtu ?? 0,
    };
  });
}

/** Lines of `extrudectl status`: "tunnel DEVICE STATE since TIME". */
function sessions(status: string): Map<string, string> {
  const lines = [...status.matchAll(/^tunnel (\S+) (\S+)/gm)];
  return new Map(lines.map(([, device = "", state = ""]) => [device, state]));
}

export function statusTable(tunnels: readonly TunnelStatus[]): string {
  const state = (text: string): string => (text === "Up" ? paint("green", "up") : paint("red", text.toLowerCase()));
  if (terminalWidth() < 76) {
    return tunnels
      .map(({ name, atRack, atRouter, share }) => `${name}: ${state(atRack)}/${state(atRouter)}, ${share} %`)
      .join("\n");
  }
  const table = new Table({
    head: ["tunnel", "device", "rack sees it", "router sees it", "share", "MTU"],
    style: { head: [], border: [] },
  });
  for (const { name, device, atRack, atRouter, share, mtu } of tunnels) {
    table.push([name, device, state(atRack), state(atRouter), `${share} %`, mtu]);
  }
  return table.toString();
}
