import type { AddressPlan } from "../planning/address";
import type { Family } from "../planning/addresses";
import type { ColoNames, ColoPlan } from "../planning/colo";
import type { Transport } from "../planning/transport";
import type { UplinkPlan } from "../planning/uplink";
import { renderAddress } from "./address";
import { inIPv6 } from "./bird";
import { either, many, maybe, renderForms, sequence, type Text } from "./forms";
import { hexadecimal } from "./marks";
import { chainOf } from "./placing";
import { renderUnit, type Unit } from "./unit";
import { linkLocal, renderUplinkAtColo } from "./uplink";

/**
 * What units of customers may hold at this colo, for the agent. Forms of addresses and uplinks are rendered as any of them
 * is: from plans with values that no plan can have, in whose places the forms have holes. So they cannot fall behind.
 */
export function renderCustomerForms(colo: ColoPlan): string[] {
  return [
    `never ${colo.ownAddresses.join(" ")}`,
    ...renderForms({ address: addressForms(colo), uplink: uplinkForms(colo), bond: bondForms(colo) }),
  ];
}

/** Numbers above all that are planned, and words where others have addresses and keys. */
const sample = {
  unit: "sample/sample/sample/sample/sample",
  tunnel: "x-sample-sample",
  extruded: { ipv4: "sample-address", ipv6: "sample:address" },
  remote: { ipv4: "sample-line", ipv6: "sample:line" },
  mtu: 9_000_000_001,
  interval: 9_000_000_002,
  multiplier: 9_000_000_003,
  port: 9_000_000_004,
  id: 9_000_000_005,
  keys: { colo: "sample-key-of-colo", site: "sample-key-of-site" },
} as const;

type Hole = readonly [sample: string, hole: string];

const holes: readonly Hole[] = [
  [sample.unit, "<unit>"],
  [sample.tunnel, "<link>"],
  [sample.remote.ipv4, "<remote4>"],
  [sample.remote.ipv6, "<remote6>"],
  [String(sample.mtu), "<1280-9000>"],
  [String(sample.interval), "<50-10000>"],
  [String(sample.multiplier), "<2-20>"],
  [String(sample.port), "<port>"],
  [String(sample.id), "<number>"],
  [hexadecimal(sample.id), "<hexadecimal>"],
  [sample.keys.colo, "<key>"],
  [sample.keys.site, "<key>"],
];

/** The text of a rendered unit, with holes. */
function formOf(unit: Unit, ...own: readonly Hole[]): Text {
  const text = [...holes, ...own].reduce((form, [found, hole]) => form.replaceAll(found, hole), renderUnit(unit));
  return sequence(...text.trimEnd().split("\n"));
}

function familiesOf(colo: ColoPlan): Family[] {
  return colo.ipv6 === undefined ? ["ipv4"] : ["ipv4", "ipv6"];
}

function addressForms(colo: ColoPlan): Text {
  const base = { unit: sample.unit, host: colo.host, colo };
  const form = (family: Family, acquire: AddressPlan["acquire"], kind: "address" | "prefix"): Text => {
    const digit = family === "ipv4" ? 4 : 6;
    return formOf(
      renderAddress({ ...base, address: sample.extruded[family], acquire }),
      // The route to a single address says its length.
      [`route add ${sample.extruded[family]}`, `route add <prefix${digit}>`],
      [sample.extruded[family], `<${kind}${digit}>`],
    );
  };
  return either(
    ...familiesOf(colo).flatMap((family) => [
      form(family, family === "ipv4" ? "proxy-arp" : "proxy-ndp", "address"),
      form(family, "routed", "address"),
      form(family, "routed", "prefix"),
    ]),
  );
}

function uplinkForms(colo: ColoPlan): Text {
  return either(
    ...familiesOf(colo).flatMap((family) =>
      transports(family).map((transport) => {
        const unit = renderUplinkAtColo(sampleUplink(colo, family, transport), sample.keys);
        const form = formOf(unit);
        // The one secret, by the tunnel's name.
        return transport.encapsulation === "gre" ? form : sequence(form, "<link> <secret>");
      }),
    ),
  );
}

function sampleUplink(colo: ColoPlan, family: Family, transport: Transport): UplinkPlan {
  return {
    unit: sample.unit,
    router: "",
    colo: { ...colo, address: (family === "ipv6" ? colo.ipv6?.address : undefined) ?? colo.address },
    interface: "",
    family,
    isFollowed: false,
    transport,
    tunnel: sample.tunnel,
    tunnelMtu: sample.mtu,
    table: 0,
    mark: 0,
    symbol: "",
    detection: { interval: sample.interval, multiplier: sample.multiplier },
  };
}

/** Every way in which the packets of a line travel, as far as the colo can tell them apart. */
function transports(family: Family): Transport[] {
  const address = sample.remote[family];
  const wireguard = { encapsulation: "wireguard", port: sample.port, mark: 0 } as const;
  const ike = {
    identities: { colo: `${sample.tunnel}.colo`, site: `${sample.tunnel}.site` },
    id: sample.id,
    mark: 0,
    sitePort: 0,
    udpEncapsulation: "auto",
  } as const;
  const anywhere: { readonly siteAddress?: string }[] = [{ siteAddress: address }, {}];
  return [
    { encapsulation: "gre", address },
    ...anywhere.map((at) => ({ ...wireguard, ...at })),
    ...(family === "ipv6"
      ? []
      : [
          ...anywhere.map((at) => ({ encapsulation: "ipsec" as const, ...ike, ...at })),
          ...([1, 2] as const).map((generation) => ({
            ...{ encapsulation: "gre-ipsec" as const, address, generation, siteAddress: address },
            ...ike,
          })),
        ]),
  ];
}

/** A bond has as many addresses, lines and tiers as it has: its form is not that of one example. */
function bondForms(colo: ColoPlan): Text {
  const { symbol, paths } = colo.names;
  const path = `<1-${paths.length}>`;
  const carried = familiesOf(colo).flatMap((family) => (family === "ipv4" ? [4, 4] : [6, 6]));
  const texts = carried.map((digit, index) => `<${index % 2 === 0 ? "address" : "prefix"}${digit}>`);
  return sequence(
    ...["extrude unit 1", "unit <unit>", `host ${colo.host}`],
    many(either(...texts.map((text) => `claim delivery ${text}`))),
    `need ${colo.unit}`,
    many("need <need>"),
    "[nft-elements]",
    many(
      either(
        ...texts.flatMap((text) => {
          const named = (set: string): string =>
            `add element inet ${symbol} ${text.includes("4") ? set : inIPv6(set)} {`;
          return [
            `${named("sources")} "<path>" . ${text} }`,
            ...["packets", "connections"].flatMap((map) =>
              ["<0-99>", "<0-99>-<0-99>"].map((range) => `${named(map)} ${text} . ${range} : goto path${path} }`),
            ),
          ];
        }),
        `add element inet ${symbol} came { "<path>" : goto came${path} }`,
      ),
    ),
    maybe("[damping]", `${symbol} held <1-3600> <0-3600> <paths>`),
    "[bird]",
    many(either(...familiesOf(colo).map((family) => protocolForm(colo.names, family)))),
    "[end]",
  );
}

/** The routes of one tier, of which the last is without BFD, or of one path alone. */
function protocolForm({ symbol, paths }: ColoNames, family: Family): Text {
  const named = (name: string): string => (family === "ipv4" ? name : inIPv6(name));
  const attributes = ["krt_mtu = <1280-9000>;", ...(family === "ipv4" ? [] : ["krt_lock_mtu = true;"])].join(" ");
  const routes = (liveness: string): Text => {
    const hop = `		via ${linkLocal.site}%'<path>' ${liveness}weight <1-256>`;
    const further = many(hop);
    return many(
      `	route <prefix${family === "ipv4" ? 4 : 6}>`,
      { ...further, isOptional: true },
      `${hop} { ${attributes} };`,
    );
  };
  const protocol = (name: string, preference: string, liveness: string, table = symbol): Text =>
    sequence(
      `protocol static ${named("<symbol>")}_${name} {`,
      `	${family} { table ${named(table)}; preference ${preference}; };`,
      routes(liveness),
      "}",
    );
  return either(
    protocol("tier<1-16>", "<185-200>", "bfd "),
    protocol("last", "100", ""),
    ...paths.map((path, index) => protocol(`${chainOf(index)}_alone`, "200", "bfd ", path.symbol)),
  );
}
