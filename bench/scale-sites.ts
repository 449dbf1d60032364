import { secret } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "../library";
import { planAddress } from "../planning/address";
import { planBond } from "../planning/bond";
import type { Colo } from "../planning/colo";
import { formatUnitName, type UnitKind, type UnitName } from "../planning/names";
import type { Planned } from "../planning/planned";
import { planUplink } from "../planning/uplink";
import { renderAddress } from "../rendering/address";
import { renderBondAtColo, renderBondAtRouter } from "../rendering/bond";
import { renderUnitCommands } from "../rendering/unit";
import { renderUplinkAtColo, renderUplinkAtRouter } from "../rendering/uplink";

/** What the bench multiplies: a router of its own, two lines, an address. */
const lineNames = ["dsl", "cable"];

/** A number as the last two bytes of an address. */
const bytes = (index: number): string => `${Math.floor(index / 200)}.${10 + (index % 200)}`;

const named = (kind: UnitKind, name: string): UnitName => ({
  ...{ organization: "bench", project: "scale", stack: "dev" },
  kind,
  name,
});

const colo: Colo = {
  ...{ unit: formatUnitName(named("colo", "toronto")), host: "rack" },
  ...{ address: "77.1.2.2", prefix: "77.0.0.0/8", interface: "eth0" },
};

function planOf<Plan>(found: Planned<Plan>): Plan {
  if (!("plan" in found)) throw new Error(JSON.stringify(found));
  return found.plan;
}

/** Plans and renders one site, as its components would, and returns the commands of its units. */
export function commandsOfSite(index: number): string[] {
  const router = `router${index}`;
  const address = planOf(
    planAddress({ unit: named("address", `a${index}`), colo, address: `77.2.${bytes(index)}`, acquire: "routed" }),
  );
  const lines = lineNames.map((name, line) => {
    const place = { colo, router, interface: `eth${line + 1}`, address: `55.${line}.${bytes(index)}` };
    const plan = planOf(planUplink({ ...place, unit: named("uplink", `${name}${index}`) }));
    const { unit, tunnelMtu } = plan;
    return { plan, facts: { ...place, unit, tunnelMtu, name: `${name}${index}`, colo: colo.unit } };
  });
  const bond = planOf(
    planBond({
      ...{ unit: named("bond", `b${index}`), colo, router },
      addresses: [{ unit: address.unit, address: address.address, colo: colo.unit }],
      uplinks: lines.map(({ facts }, line) => ({ uplink: facts, weight: line + 1 })),
    }),
  );
  const units = [
    renderAddress(address),
    ...lines.flatMap(({ plan }) => [renderUplinkAtColo(plan), renderUplinkAtRouter(plan)]),
    ...[renderBondAtColo(bond), renderBondAtRouter(bond)],
  ];
  return units.map((unit) => renderUnitCommands(unit, "root").create);
}

export interface ProgramOptions {
  readonly connection: { readonly host: string; readonly port: number; readonly hostKey: string };
  readonly privateKey: string;
  readonly sites: number;
  /** The weight of the first site's second line: another one is a change of one site. */
  readonly weight?: number;
}

/** The same sites as a program. */
export function program({ connection, privateKey, sites, weight = 4 }: ProgramOptions): () => object {
  return () => {
    const access = { ...connection, privateKey: secret(privateKey) };
    const host = new Host("rack", { connection: access });
    const toronto = new ColoEndpoint("toronto", { ...colo, host });
    for (let index = 0; index < sites; index += 1) {
      const router = new Host(`router${index}`, { connection: access });
      const ends = { colo: toronto, router };
      const address = new ExtrudedAddress(`a${index}`, {
        ...{ colo: toronto, address: `77.2.${bytes(index)}` },
        acquire: "routed",
      });
      const uplinks = lineNames.map((name, line) => ({
        uplink: new SiteUplink(`${name}${index}`, {
          ...{ ...ends, interface: `eth${line + 1}`, address: `55.${line}.${bytes(index)}` },
        }),
        weight: line === 0 ? 1 : index === 0 ? weight : 4,
      }));
      new BondedSite(`b${index}`, { ...ends, addresses: [address], uplinks });
    }
    return {};
  };
}
