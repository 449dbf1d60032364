import { planAddress } from "../planning/address";
import { planBond } from "../planning/bond";
import { type Colo, planColo } from "../planning/colo";
import { type ConnectionFacts, planHost } from "../planning/host";
import { formatUnitName, type UnitKind, type UnitName } from "../planning/names";
import type { Planned } from "../planning/planned";
import { explain } from "../planning/problems";
import { judgeKeys, type KeyFacts } from "../planning/tunnel-keys";
import { judgeX509, type X509Facts } from "../planning/x509";
import { planUplink, type UplinkFacts } from "../planning/uplink";
import type { Host } from "./hosts";
import type { Connection } from "./keys";
import { type Path, stackKey } from "./problems";
import type { Uplink } from "./uplinks";
import type { StackConfig } from "./stack";

/** Whose units the stack's are. */
export type Owner = Pick<UnitName, "organization" | "project" | "stack">;

/**
 * What planning says of the values, under the names of the keys that hold them. The components ask planning the same,
 * but name arguments, and get to it only once the shape of all the config is right.
 *
 * Entries that refer to one that is not there are passed over: that has been said.
 */
export function checkValues(config: StackConfig, owner: Owner): string[] {
  const unit = (kind: UnitKind, name: string): UnitName => ({ ...owner, kind, name });
  return [
    ...[...config.hosts].flatMap(([name, host]) => checkHost(unit("host", name), host)),
    ...[...config.colos].flatMap(([name, facts]) =>
      describe(["colos", name], planColo({ unit: unit("colo", name), ...facts })),
    ),
    ...[...config.addresses].flatMap(([name, { colo: coloName, ...facts }]) => {
      const colo = coloFacts(config, owner, coloName);
      return colo === undefined
        ? []
        : describe(["addresses", name], planAddress({ unit: unit("address", name), colo, ...facts }));
    }),
    ...[...config.uplinks].flatMap(([name, { colo: coloName, ...facts }]) => {
      const colo = coloFacts(config, owner, coloName);
      return colo === undefined
        ? []
        : describe(["uplinks", name], planUplink({ unit: unit("uplink", name), colo, ...facts, ...judged(facts) })).map(
            byFile,
          );
    }),
    ...[...config.sites.keys()].flatMap((name) => checkSite(config, owner, name)),
  ];
}

function checkHost(unit: UnitName, { connection, installPackages, watch, metrics, label }: Host): string[] {
  const { proxy } = connection;
  const facts = {
    connection: connectionFacts(connection),
    proxy: proxy === undefined ? undefined : connectionFacts(proxy),
    installPackages,
    watch,
    metrics,
  };
  return sentences(planHost({ unit, ...facts }), (argument) => {
    if (argument === "name") return label([]);
    const [, ...path] = argument.split(".");
    return label(path);
  });
}

/** Whether there is a host key and a way to log in is for `resolveConnection` to say, which knows more ways. */
function connectionFacts({ host, port, user, verifyHostKey }: Connection): ConnectionFacts {
  return { host, port, user, verifyHostKey, hasHostKey: true, hasCredential: true };
}

function coloFacts(config: StackConfig, owner: Owner, name: string): Colo | undefined {
  const facts = config.colos.get(name);
  return facts === undefined ? undefined : { ...facts, unit: formatUnitName({ ...owner, kind: "colo", name }) };
}

function uplinkFacts(config: StackConfig, owner: Owner, name: string): UplinkFacts | undefined {
  const facts = config.uplinks.get(name);
  const colo = coloFacts(config, owner, facts?.colo ?? "");
  if (facts === undefined || colo === undefined || !config.hosts.has(facts.router)) return undefined;
  const unit: UnitName = { ...owner, kind: "uplink", name };
  const planned = planUplink({ ...facts, unit, colo, ...judged(facts) });
  const tunnelMtu = "plan" in planned ? planned.plan.tunnelMtu : 0;
  return { ...facts, unit: formatUnitName(unit), name, colo: colo.unit, tunnelMtu };
}

/** Planning speaks of texts, for which the config names files. */
function byFile(text: string): string {
  return text.replaceAll(/\bx509\.(colo|router)\.(certificate|privateKey|trustedCa)\b/g, "$&File");
}

/** What planning is told of an uplink's keys. */
function judged(facts: Omit<Uplink, "colo">): { keys: KeyFacts; x509: X509Facts | undefined } {
  return { keys: judgeKeys(facts), x509: facts.x509 && judgeX509(facts.x509, new Date()) };
}

function checkSite(config: StackConfig, owner: Owner, name: string): string[] {
  const site = config.sites.get(name);
  if (site === undefined) return [];
  const colo = coloFacts(config, owner, site.colo);
  const members = Object.entries(site.uplinks).flatMap(([key, member]) => {
    const uplink = uplinkFacts(config, owner, key);
    return uplink === undefined ? [] : [{ ...member, uplink }];
  });
  const addresses = site.addresses.flatMap((key) => {
    const facts = config.addresses.get(key);
    const found = coloFacts(config, owner, facts?.colo ?? "");
    if (facts === undefined || found === undefined) return [];
    const unit = formatUnitName({ ...owner, kind: "address", name: key });
    return [{ unit, address: facts.address, colo: found.unit }];
  });
  const complete = members.length === Object.keys(site.uplinks).length && addresses.length === site.addresses.length;
  if (colo === undefined || !complete || !config.hosts.has(site.router)) return [];
  const unit: UnitName = { ...owner, kind: "bond", name };
  const delivered = Object.entries(site.deliveries ?? {}).filter(([key]) => config.addresses.has(key));
  const deliveries = delivered.map(([key, delivery]) => ({
    ...delivery,
    address: config.addresses.get(key)?.address ?? "",
  }));
  // Planning counts a site's lines and deliveries; the config names them.
  const keys = { uplinks: Object.keys(site.uplinks), deliveries: delivered.map(([key]) => key) };
  const named = (text: string): string =>
    text.replaceAll(
      /(uplinks|deliveries)\[(\d+)\](\.uplink|\.address)?/g,
      (_, list: keyof typeof keys, index: string) => `${list}.${keys[list][Number(index)] ?? ""}`,
    );
  const planned = planBond({ ...site, unit, colo, addresses, deliveries, uplinks: members });
  return describe(["sites", name], planned).map(named);
}

function describe(entry: Path, planned: Planned<unknown>): string[] {
  return sentences(planned, (argument) => {
    const key = stackKey(entry);
    return argument === "name" ? key : `${key}.${argument}`;
  });
}

function sentences(planned: Planned<unknown>, label: (argument: string) => string): string[] {
  return planned.problems.map((found) => {
    const { argument } = found;
    const ofStack = ["organization", "project", "stack"].includes(argument);
    return `${ofStack ? `the ${argument}'s name` : label(argument)}: ${explain(found)}`;
  });
}
