import type { Answer } from "../../cli/ask";
import { parseFacts, parseProbed, type Facts, type Probed } from "../../cli/facts";
import { type Connection, parseState, type StackHost, type StackState } from "../../cli/state";
import { readUnit, type UnitReading } from "../../rendering/reading";
import { renderHostCommands, renderUnit, renderUnitCommands, type Unit } from "../../rendering/unit";
import { bondArguments, hostArguments, member, rendered, unitOf, unitsOnHost } from "./fixtures";

const bond = bondArguments({ uplinks: [member("dsl"), member("cable")] });

/** All units of the example network's two hosts, the hosts' own included. */
export function unitsOf(host: "rack" | "router"): Unit[] {
  return [...rendered.host(hostArguments({ unit: unitOf("host", host) })), ...unitsOnHost(host, bond)];
}

export function reading(unit: Unit): UnitReading {
  const found = readUnit(renderUnit(unit));
  if (found === undefined) throw new Error(`${unit.name} cannot be read`);
  return found;
}

export function stackHost(name: "rack" | "router"): StackHost {
  const connection = { host: name === "rack" ? "77.1.2.2" : "10.0.0.1", user: "admin" };
  return { name, connection, units: unitsOf(name).map(reading) };
}

export const secretKey = "PRIVATE-KEY-TEXT";
const secret = (value: unknown, isClear: boolean): unknown => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ...(isClear ? { plaintext: JSON.stringify(value) } : { ciphertext: "v1:ENCRYPTED" }),
});

const stackUrn = "urn:pulumi:prod::net::pulumi:pulumi:Stack::net-prod";
export const urn = (type: string, name: string): string => `urn:pulumi:prod::net::${type}::${name}`;

interface Component {
  readonly type: string;
  readonly name: string;
  readonly units: readonly Unit[];
}

function components(): Component[] {
  const [rack, router] = [unitsOf("rack"), unitsOf("router")];
  const kinds = {
    host: "Host",
    colo: "ColoEndpoint",
    address: "ExtrudedAddress",
    uplink: "SiteUplink",
    bond: "BondedSite",
  };
  const names = new Set([...rack, ...router].map(({ name }) => name));
  return [...names].map((name) => {
    const [kind = "", logical = ""] = name.split("/").slice(3);
    const type = `extrude:index:${kinds[kind as keyof typeof kinds]}`;
    return { type, name: logical, units: [...rack, ...router].filter((unit) => unit.name === name) };
  });
}

const inExample: Connection = { host: "10.0.0.1", user: "admin" };

/** The state of the example network as Pulumi exports it, with its secrets or without; all hosts answer at one place. */
export function exampleState(isClear = true, place = inExample): StackState {
  const resources = components().flatMap(({ type, name, units }) => {
    const parent = urn(type, name);
    const commands = units.map((unit) => {
      const isHost = type.endsWith(":Host");
      const text = isHost ? renderHostCommands(unit, "admin") : renderUnitCommands(unit, "admin");
      const own = isHost ? `${name}-agent` : `${name}-${unit.host === "rack" ? "colo" : "router"}`;
      const agent = urn("extrude:index:Host$command:remote:Command", `${unit.host}-agent`);
      return {
        urn: urn(`${type}$command:remote:Command`, own),
        type: "command:remote:Command",
        custom: true,
        id: "x",
        parent,
        inputs: {
          ...text,
          triggers: [unit.host, unit.name],
          connection: secret({ ...place, privateKey: secret(place.privateKey ?? secretKey, isClear) }, isClear),
        },
        ...(isHost ? {} : { dependencies: [agent], propertyDependencies: { create: [agent], triggers: null } }),
      };
    });
    return [{ urn: parent, type, custom: false, parent: stackUrn }, ...commands];
  });
  const stack = { urn: stackUrn, type: "pulumi:pulumi:Stack", custom: false };
  return parseState(JSON.stringify({ version: 3, deployment: { manifest: {}, resources: [stack, ...resources] } }));
}

/** What a host says that has everything, at a moment at which this machine's clock shows 1000 s. */
export function healthyFacts(host: StackHost, ...more: string[]): Facts {
  const units = unitsOf(host.name as "rack" | "router");
  const lines = [
    "clock 1000.100",
    "agent 0.1.0",
    ...units.map((unit) => `unit ${unit.name} ${unit.host} ${reading(unit).digest}`),
    ...units.flatMap(({ name, header }) =>
      header.flatMap((line) => (line.startsWith("claim ") ? [`claim ${name} ${line.slice(6)}`] : [])),
    ),
    ...units.flatMap(({ sections }) =>
      (sections.ip ?? []).flatMap((line) => {
        const [, priority, rest = ""] = /^rule add priority (\d+) (.*)$/.exec(line) ?? [];
        return priority === undefined
          ? []
          : [`rule ${priority}:\t${/^(not|from) /.test(rest) ? rest : `from all ${rest}`}`];
      }),
    ),
    "rule 0:\tfrom all lookup local",
    "rule 32766:\tfrom all lookup main",
    host.name === "rack" ? "address eth0 77.1.2.2/24" : "address eth1 55.1.2.3/24",
    ...tunnelsOf(host).map((tunnel) => `tunnel ${tunnel} Up since 07:00`),
    ...more,
  ];
  return parseFacts(lines.join("\n"), 1_000_000, 1_000_200);
}

export function tunnelsOf(host: StackHost): string[] {
  return host.units.flatMap(({ tunnel }) => (tunnel === undefined ? [] : [tunnel.interface]));
}

/** What came of its probes; an interface that is left out in `more` counts 5 packets each way. */
export function healthyProbes(host: StackHost, ...more: string[]): Probed {
  const tunnels = host.units.flatMap(({ tunnel }) => (tunnel === undefined ? [] : [tunnel]));
  const links = ["eth1", "ppp0", ...tunnels.map((each) => each.interface)];
  const lines = [
    ...links.flatMap((link) => [`link before ${link} 1 10 10`, `link after ${link} 1 15 15`]),
    ...tunnels.flatMap(({ line }) =>
      line === undefined ? [] : [`path ${line.device} ${line.local ?? line.device} ${line.remote} 1500`],
    ),
    "gateway eth1 55.1.2.1 yes",
    ...more,
  ];
  return parseProbed(lines.join("\n"));
}

/** Both hosts in good health. */
export function healthy(): { rack: Answer; router: Answer } {
  const answer = (name: "rack" | "router"): Answer => {
    const host = stackHost(name);
    return { host, facts: healthyFacts(host), probed: healthyProbes(host) };
  };
  return { rack: answer("rack"), router: answer("router") };
}
