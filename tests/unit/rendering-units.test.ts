import { planHost } from "../../planning/host";
import { renderHost } from "../../rendering/host";
import { renderUnit } from "../../rendering/unit";
import {
  addressArguments,
  addressFacts,
  bondArguments,
  bypassingBond,
  coloArguments,
  deliveringBond,
  derivedNames,
  hostArguments,
  largeBond,
  member,
  planOf,
  rendered,
  torontoIPv6,
  unitOf,
  unitsOnHost,
  uplinkArguments,
  uplinkFacts,
} from "./fixtures";

const texts = (units: ReturnType<typeof unitsOnHost>): string => units.map(renderUnit).join("\n");
const linesOf = (units: ReturnType<typeof unitsOnHost>): string[] => texts(units).split("\n");

describe("the text of a unit, as a host gets it", () => {
  test("of a host", () => {
    expect(texts(rendered.host())).toMatchSnapshot();
  });

  test("of a host that may install packages", () => {
    expect(texts(rendered.host(hostArguments({ installPackages: true })))).toMatchSnapshot();
    expect(texts(rendered.host(hostArguments({ watch: false })))).toContain("\nwatch no\n");
    expect(texts(rendered.host(hostArguments()))).not.toContain("watch");
  });

  test("of a colo", () => {
    expect(texts(rendered.colo())).toMatchSnapshot();
  });

  test("of a colo whose prefix is known", () => {
    expect(texts(rendered.colo(coloArguments({ prefix: "77.1.2.0/29" })))).toMatchSnapshot();
  });

  test("of an address acquired by proxy ARP", () => {
    expect(texts(rendered.address())).toMatchSnapshot();
  });

  test("of an address that is routed to the colo", () => {
    expect(texts(rendered.address(addressArguments({ acquire: "routed" })))).toMatchSnapshot();
  });

  test("of an uplink, at the colo and at the router", () => {
    expect(texts(rendered.uplink())).toMatchSnapshot();
  });

  test("of an encrypted uplink, at the colo and at the router", () => {
    expect(texts(rendered.uplink(uplinkArguments({ encapsulation: "wireguard" })))).toMatchSnapshot();
  });

  test("of an encrypted uplink behind NAT whose address and gateway change", () => {
    const args = uplinkArguments({ encapsulation: "wireguard", address: "dynamic", gateway: undefined, nat: true });
    expect(texts(rendered.uplink(args))).toMatchSnapshot();
  });

  test("of an encrypted uplink whose IPv6 address and gateway change", () => {
    const line = { colo: torontoIPv6, address: "dynamic-ipv6", gateway: undefined };
    const [, atRouter] = rendered.uplink(uplinkArguments({ encapsulation: "ipsec", ...line }));
    expect(texts(atRouter === undefined ? [] : [atRouter])).toMatchSnapshot();
  });

  test("of two lines with the same address behind boxes that are alike, each of which keeps to itself by its mark", () => {
    const line = { encapsulation: "wireguard", address: "192.168.178.20", gateway: "192.168.178.1", nat: true };
    const [, atRouter] = rendered.uplink(uplinkArguments(line));
    const text = texts(atRouter === undefined ? [] : [atRouter]);
    expect(text).not.toContain("from 192.168.178.20");
    expect(text).toContain("require address 192.168.178.20 dev eth1");
    expect(text).toMatch(/iifname "eth1" ct state new ct mark set /);
  });

  test("of an uplink with IPsec, and with GRE inside it", () => {
    expect(texts(rendered.uplink(uplinkArguments({ encapsulation: "ipsec" })))).toMatchSnapshot();
    expect(texts(rendered.uplink(uplinkArguments({ encapsulation: "gre-ipsec", keyVersion: 2 })))).toMatchSnapshot();
  });

  test("of an uplink with certificates", () => {
    const end = (name: string, ca: string) => ({
      identity: `${name}.example.net`,
      certificate: `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`,
      trustedCa: `-----BEGIN CERTIFICATE-----\n${ca}\n-----END CERTIFICATE-----\n`,
      fingerprint: `fingerprint-of-${name}`,
    });
    const x509 = { problems: [], ends: { colo: end("rack", "siteCA"), site: end("dsl", "rackCA") } };
    expect(texts(rendered.uplink(uplinkArguments({ encapsulation: "ipsec", x509 })))).toMatchSnapshot();
  });

  test("of an uplink with IPsec behind NAT", () => {
    const args = uplinkArguments({ encapsulation: "ipsec", address: "dynamic", gateway: undefined, nat: true });
    expect(texts(rendered.uplink(args))).toMatchSnapshot();
  });

  test("of an uplink without a gateway, with a line's own MTU and detection", () => {
    const args = uplinkArguments({
      unit: unitOf("uplink", "ppp"),
      interface: "ppp0",
      gateway: undefined,
      mtu: 1492,
      detection: { interval: 500, multiplier: 5 },
    });
    expect(texts(rendered.uplink(args))).toMatchSnapshot();
  });

  test("of a bond of two lines, at the colo and at the router", () => {
    expect(texts(rendered.bond())).toMatchSnapshot();
  });

  test("of a bond that delivers each address in another way", () => {
    expect(texts(rendered.bond(deliveringBond()))).toMatchSnapshot();
  });

  test("of a bond with a policy", () => {
    expect(texts(rendered.bond(bypassingBond()))).toMatchSnapshot();
  });

  test("of a bond that only blocks", () => {
    const [, atRouter] = rendered.bond(bondArguments({ block: [{ protocol: "tcp", ports: [25] }] }));
    const text = texts(atRouter === undefined ? [] : [atRouter]);
    expect(text).toContain("\t\toifname @lines tcp dport 25 jump refuse\n");
    expect(text).not.toContain("classify");
  });

  test("of a bond whose addresses are all held by others", () => {
    const deliveries = [{ address: "77.1.2.3", as: "routed", interface: "eth0" }];
    const [, atRouter] = rendered.bond(bondArguments({ deliveries }));
    const text = texts(atRouter === undefined ? [] : [atRouter]);
    expect(text).toMatch(/\naddress add 192\.0\.0\.8\/32 dev x-office-\w+\n/);
    expect(text).not.toContain("address add 77.1.2.3");
    expect(text).toContain("krt_prefsrc = 192.0.0.8;");
    expect(text).toContain("\t\toifname @lines ip saddr 192.0.0.8 counter drop\n");
  });

  test("of a bond of one line", () => {
    expect(texts(rendered.bond(bondArguments({ uplinks: [member("cable")], hold: 60 })))).toMatchSnapshot();
  });

  test("of a bond with three tiers, weights and two addresses", () => {
    expect(texts(rendered.bond(largeBond()))).toMatchSnapshot();
  });

  test("of a bond that lets nothing leave when every tunnel is dead", () => {
    expect(texts(rendered.bond(largeBond({ whenDown: "block" })))).toMatchSnapshot();
  });

  test("of a bond whose lines share an interface", () => {
    const uplinks = [
      member("dsl"),
      { uplink: uplinkFacts("dsl2", { interface: "eth1", address: "55.1.2.4", gateway: "55.1.2.1" }) },
    ];
    expect(texts(rendered.bond(bondArguments({ uplinks })))).toMatchSnapshot();
  });
});

const everything = [...rendered.host(), ...unitsOnHost("rack"), ...unitsOnHost("router")];

describe("every unit's text", () => {
  test("begins with the protocol, its name and its host, and ends with the end line", () => {
    for (const unit of everything) {
      const lines = renderUnit(unit).split("\n");
      expect(lines.slice(0, 3)).toEqual(["extrude unit 1", `unit ${unit.name}`, `host ${unit.host}`]);
      expect(lines.slice(-2)).toEqual(["[end]", ""]);
    }
  });

  test("has no line that could end it early, and no line that would be cut in a diff", () => {
    for (const line of linesOf(everything)) {
      expect(line.startsWith(".")).toBe(false);
      expect(line.length).toBeLessThan(150);
    }
  });

  test("has no empty section", () => {
    for (const unit of everything) expect(renderUnit(unit)).not.toMatch(/^\[[^\]]*\]\n\[/m);
    expect(renderUnit(renderHost(planOf(planHost(hostArguments()))))).not.toContain("[ip]");
  });

  test("is the same each time", () => {
    expect(texts(unitsOnHost("rack"))).toBe(texts(unitsOnHost("rack")));
    expect(texts(unitsOnHost("router"))).toBe(texts(unitsOnHost("router")));
  });

  test("claims each link, table and nftables table that it makes", () => {
    for (const unit of everything) {
      const lines = renderUnit(unit).split("\n");
      const made = lines.flatMap((line) => {
        const link = /^link add (\S+) /.exec(line)?.[1];
        const table = /^\tkernel table (\d+);/.exec(line)?.[1];
        const nft = /^table inet (\S+) \{/.exec(line)?.[1];
        return [link && `claim link ${link}`, table && `claim table ${table}`, nft && `claim nft ${nft}`];
      });
      for (const claim of made) if (claim !== undefined) expect(lines).toContain(claim);
    }
  });

  test("claims nothing that another unit of the same host claims", () => {
    for (const host of ["rack", "router"] as const) {
      const claims = linesOf(unitsOnHost(host)).filter((line) => line.startsWith("claim "));
      expect(new Set(claims).size).toBe(claims.length);
    }
  });

  test("needs only units that are applied to the same host before it", () => {
    for (const host of ["rack", "router"] as const) {
      const before = new Set<string>();
      for (const unit of unitsOnHost(host)) {
        for (const line of unit.header.filter((one) => one.startsWith("need "))) {
          expect(before).toContain(line.slice("need ".length));
        }
        before.add(unit.name);
      }
    }
  });

  test("is about names that no other unit of the same kind has", () => {
    const twins = [unitOf("uplink", "dsl"), unitOf("uplink", "dsl2"), { ...unitOf("uplink", "dsl"), stack: "dev" }];
    const names = twins.flatMap((unit) => derivedNames(Object.values(unit).join("/")));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("both ends of a tunnel", () => {
  const [atColo, atRouter] = rendered.uplink().map(renderUnit);
  const link = (text = ""): RegExpExecArray | null =>
    /^link add (\S+) type (\S+) local (\S+) remote (\S+) dev (\S+)/m.exec(text);

  test("mirror each other's addresses and have one name and one encapsulation", () => {
    const [, name, type, local, remote, device] = link(atColo) ?? [];
    expect([local, remote, device]).toEqual(["77.1.2.2", "55.1.2.3", "eth0"]);
    expect(link(atRouter)?.slice(1)).toEqual([name, type, remote, local, "eth1"]);
  });

  test("have different inner addresses, each of which is the other's neighbour", () => {
    const inner = (text = ""): string | undefined => /^address add (\S+)\/64 /m.exec(text)?.[1];
    const neighbour = (text = ""): string | undefined => /^\tneighbor (\S+) /m.exec(text)?.[1];
    expect(inner(atColo)).toBe(neighbour(atRouter));
    expect(inner(atRouter)).toBe(neighbour(atColo));
    expect(inner(atColo)).not.toBe(inner(atRouter));
  });
});

describe("a bond's routes", () => {
  const [atColo, atRouter] = rendered.bond(largeBond()).map(renderUnit);
  const protocols = (text = ""): { name: string; preference: number; bfd: number; hops: number }[] =>
    [...text.matchAll(/^protocol static (\S+) \{\n\tipv4 \{ table \S+; preference (\d+); \};\n((?:\t.*\n)*)\}/gm)].map(
      ([, name = "", preference, body = ""]) => ({
        name,
        preference: Number(preference),
        bfd: body.match(/ bfd weight /g)?.length ?? 0,
        hops: body.match(/\bvia /g)?.length ?? 0,
      }),
    );

  test.each([
    ["at the colo", atColo, 2],
    ["at the router", atRouter, 1],
  ])("%s prefer earlier tiers, each under liveness, then all tunnels without", (_, text, routes) => {
    const tiers = protocols(text).slice(0, 4);
    expect(tiers.map(({ name }) => name.replace(/^x_office_[a-z2-9]{6}_/, ""))).toEqual([
      "tier1",
      "tier2",
      "tier3",
      "last",
    ]);
    expect(tiers.map(({ preference }) => preference)).toEqual([200, 199, 198, 100]);
    expect(tiers.map(({ hops }) => hops)).toEqual([2, 1, 1, 4].map((hops) => hops * routes));
    expect(tiers.map(({ bfd }) => bfd)).toEqual([2, 1, 1, 0].map((hops) => hops * routes));
  });

  test("of sixteen tiers stay above the last one", () => {
    const uplinks = Array.from({ length: 16 }, (_, metric) => ({
      metric,
      uplink: uplinkFacts(`line${metric}`, { interface: `e${metric}` }),
    }));
    const [text] = rendered.bond(bondArguments({ uplinks })).map(renderUnit);
    const preferences = protocols(text).map(({ preference }) => preference);
    expect(preferences).toEqual([...preferences].sort((a, b) => b - a));
    expect(new Set(preferences).size).toBe(17);
  });

  test("go out by the tunnels that the uplinks made, and by no other", () => {
    const made = linesOf(unitsOnHost("router")).flatMap((line) => /^link add (\S+) type gre/.exec(line)?.[1] ?? []);
    const used = [...new Set([...(atRouter ?? "").matchAll(/fe80::1%'([^']+)'/g)].map(([, tunnel]) => tunnel))];
    expect(used.sort()).toEqual(made.sort());
  });
});

test("a site may send from each of its addresses over each of its tunnels, and from no other", () => {
  const [atColo] = rendered.bond(largeBond());
  const elements = atColo?.sections["nft-elements"] ?? [];
  expect(elements).toHaveLength(8);
  expect(new Set(elements).size).toBe(8);
  for (const { address } of [addressFacts("vpn", "77.1.2.3"), addressFacts("web", "77.1.2.4")]) {
    expect(elements.filter((line) => line.endsWith(` . ${address} }`))).toHaveLength(4);
  }
});
