import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encapsulations, tunnelMtu } from "../../planning/encapsulation";
import { readUnit } from "../../rendering/reading";
import { renderUnit, type Unit } from "../../rendering/unit";
import { AgentHost } from "./agent-host";
import {
  addressArguments,
  addressFacts,
  bondArguments,
  coloArguments,
  rendered,
  torontoIPv6,
  unitOf,
  uplinkArguments,
  uplinkFacts,
} from "./fixtures";
import { run, temporaryFolder, tool } from "./tools";

const folder = temporaryFolder();
const texts = (units: readonly Unit[]): string => units.map(renderUnit).join("\n");

const carried = ["77.1.2.3", "77.1.3.8/29", "2001:db8:77::3", "2001:db8:77:100::/56"];
const bond = bondArguments({ addresses: carried.map((address, index) => addressFacts(`a${index}`, address)) });
const colo = coloArguments({ ipv6: torontoIPv6.ipv6 });
const addresses = carried.flatMap((address, index) =>
  rendered.address(addressArguments({ unit: unitOf("address", `a${index}`), colo: torontoIPv6, address })),
);

describe("the text of a unit with IPv6, as a host gets it", () => {
  test("of a colo", () => {
    expect(texts(rendered.colo(colo))).toMatchSnapshot();
  });

  test("of addresses and prefixes of both families", () => {
    expect(texts(addresses)).toMatchSnapshot();
  });

  test("of a bond that carries them", () => {
    expect(texts(rendered.bond(bond))).toMatchSnapshot();
  });
});

describe("the text of a line that is IPv6", () => {
  const line = { colo: torontoIPv6, address: "2001:db8:55::3", gateway: "fe80::1" };

  test.each(encapsulations)("with %s", (encapsulation) => {
    expect(texts(rendered.uplink(uplinkArguments({ ...line, encapsulation })))).toMatchSnapshot();
  });

  test.each(encapsulations)("with %s is read again", (encapsulation) => {
    const units = rendered.uplink(uplinkArguments({ ...line, encapsulation }));
    const [atColo, atRouter] = units.map((unit) => readUnit(renderUnit(unit))?.tunnel);
    expect(atColo).toMatchObject({ encapsulation, mtu: tunnelMtu(encapsulation, 1500, "ipv6") });
    expect(atRouter?.line).toMatchObject({
      ...{ device: "eth1", local: "2001:db8:55::3", remote: "2001:db8:77::2", gateway: "fe80::1" },
    });
  });

  test("leaves a bond with no line under whose own IPv4 address something could leave", () => {
    const uplinks = [{ uplink: uplinkFacts("dsl", { address: "2001:db8:55::3", gateway: "fe80::1" }) }];
    const text = texts(rendered.bond(bondArguments({ uplinks, whenDown: "direct" })));
    expect(text).not.toContain("_direct {");
    expect(text).toContain("	route 0.0.0.0/0\n		unreachable;");
  });
});

test("a bond of IPv4 alone says nothing of IPv6", () => {
  for (const unit of [...rendered.colo(), ...rendered.address(), ...rendered.bond()]) {
    expect(renderUnit(unit)).not.toMatch(/^-6|net\/ipv6|ipv6 table|_ipv6/m);
  }
});

test("what a site may send from is each of its addresses and prefixes over each of its tunnels", () => {
  const elements = rendered.bond(bond)[0]?.sections["nft-elements"] ?? [];
  expect(elements).toHaveLength(8);
  for (const address of carried) {
    const set = address.includes(":") ? "sources_ipv6" : "sources";
    expect(elements.filter((line) => line.includes(` ${set} {`) && line.endsWith(` . ${address} }`))).toHaveLength(2);
  }
});

test("whatever carries an IPv6 address of the site has no way but the bond's", () => {
  const rules = rendered.bond(bond)[1]?.sections.ip?.filter((line) => line.startsWith("-6 rule ")) ?? [];
  for (const address of ["2001:db8:77::3", "2001:db8:77:100::/56"]) {
    const own = rules
      .filter((rule) => rule.includes(` from ${address} `))
      .map((rule) => rule.replace(/ lookup \d+$/, " lookup BOND"));
    expect(own).toEqual([
      `-6 rule add priority 9500 from ${address} lookup main suppress_prefixlength 0`,
      `-6 rule add priority 9600 from ${address} lookup BOND`,
      `-6 rule add priority 9700 from ${address} unreachable`,
    ]);
  }
});

/** A line that is IPv6 with each encapsulation. */
const lines6 = encapsulations.map((encapsulation, index) => ({
  ...{ unit: unitOf("uplink", encapsulation), colo: torontoIPv6, router: "router", encapsulation },
  ...{ interface: `six${index}`, address: `2001:db8:5${index}::3`, gateway: "fe80::1" },
}));

describe.each(["rack", "router"] as const)("on the %s", (host) => {
  const units = [
    ...rendered.colo(colo),
    ...addresses,
    ...bond.uplinks.flatMap(({ uplink }) =>
      rendered.uplink({
        ...{ unit: unitOf("uplink", uplink.name), colo: torontoIPv6, router: "router" },
        ...{ interface: uplink.interface, address: uplink.address, gateway: uplink.gateway },
      }),
    ),
    ...lines6.flatMap((line) => rendered.uplink(line)),
    ...rendered.bond(bond),
  ].filter((unit) => unit.host === host);

  const holding = (): AgentHost => {
    const agent = new AgentHost(folder());
    agent.write(
      "addresses.eth0",
      "2: eth0    inet 77.1.2.2/24 scope global\n2: eth0    inet6 2001:db8:77::2/64 scope global\n",
    );
    for (const { uplink } of bond.uplinks) {
      agent.write(`addresses.${uplink.interface}`, `2: x    inet ${uplink.address}/32 scope global\n`);
    }
    for (const line of lines6) {
      agent.device(line.interface);
      agent.write(`addresses.${line.interface}`, `2: x    inet6 ${line.address}/64 scope global\n`);
    }
    return agent.holding(...units);
  };

  test("BIRD and nftables accept all units", () => {
    const agent = holding();
    const check = (name: string, text: string, command: (file: string) => string[]): void => {
      const file = join(folder(), name);
      writeFileSync(file, text);
      expect(run(command(file), "")).toEqual({ status: 0, stdout: "", stderr: "" });
    };
    check("check.conf", agent.read("bird.running"), (file) => [tool("bird"), "-p", "-c", file]);
    check("check.nft", agent.read("nft.all"), (file) => [tool("unshare"), "-rn", tool("nft"), "-c", "-f", file]);
  });

  test("all of it is in the kernel, and leaves it again", () => {
    const agent = holding();
    expect(
      agent
        .kernel()
        .filter((line) => line.startsWith("-6 "))
        .sort(),
    ).toEqual(units.flatMap((unit) => unit.sections.ip?.filter((line) => line.startsWith("-6 ")) ?? []).sort());
    expect(agent.call(["drift"])).toEqual({ status: 0, stdout: "", stderr: "" });
    for (const unit of [...units].reverse()) expect(agent.remove(unit.name, host).stdout).toBe("removed\n");
    expect(agent.kernel()).toEqual([]);
  });
});
