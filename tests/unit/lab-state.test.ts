import { diffStates, type HostState } from "../../lab/state";

function state(sections: Record<string, string[]>): HostState {
  return { host: "colo", sections };
}

describe("diffStates", () => {
  test("nothing changed, nothing said", () => {
    const one = state({ links: ["eth0: <UP> mtu 1500"], sysctls: ["net/ipv4/ip_forward\t0"] });
    expect(diffStates(one, structuredClone(one))).toEqual([]);
  });

  test("keyed sections show one line per change", () => {
    const before = state({
      sysctls: ["net/ipv4/ip_forward\t0", "vm/swappiness\t60"],
      files: ["/etc/a\t0644 root:root sha256:1", "/etc/b\t0644 root:root sha256:2"],
    });
    const after = state({
      sysctls: ["net/ipv4/ip_forward\t1", "vm/swappiness\t60"],
      files: ["/etc/a\t0600 root:root sha256:1", "/etc/c\t-> /etc/a"],
    });
    expect(diffStates(before, after)).toEqual([
      "colo: sysctl net.ipv4.ip_forward: 0 -> 1",
      "colo: file /etc/a: 0644 root:root sha256:1 -> 0600 root:root sha256:1",
      "colo: file - /etc/b: 0644 root:root sha256:2",
      "colo: file + /etc/c: -> /etc/a",
    ]);
  });

  test("a repeated line counts", () => {
    const one = state({ processes: ["root sleep 1"] });
    const two = state({ processes: ["root sleep 1", "root sleep 1"] });
    expect(diffStates(one, two)).toEqual(["colo: processes + root sleep 1"]);
    expect(diffStates(two, one)).toEqual(["colo: processes - root sleep 1"]);
  });

  test("an nft rule is named with its table and chain", () => {
    const table = (rules: string[]): HostState =>
      state({
        nft: [
          "table inet x {",
          "\tchain y {",
          "\t\ttype filter hook input priority filter; policy accept;",
          ...rules,
          "\t}",
          "}",
        ],
      });
    expect(diffStates(table([]), table(["\t\ttcp dport 22 accept"]))).toEqual([
      "colo: nft + table inet x / chain y / tcp dport 22 accept",
    ]);
    expect(diffStates(table(["\t\ttcp dport 22 accept"]), state({ nft: [] }))).toContain(
      "colo: nft - table inet x / chain y",
    );
  });

  test("a link that is gone is one difference: its own sysctls are not further ones", () => {
    const before = state({
      links: ["eth0: <UP>", "x-dsl@NONE: <POINTOPOINT>"],
      sysctls: [
        "net/ipv4/conf/eth0/rp_filter\t0",
        "net/ipv4/conf/x-dsl/rp_filter\t2",
        "net/ipv6/neigh/x-dsl/proxy_delay\t80",
      ],
    });
    const after = state({ links: ["eth0: <UP>"], sysctls: ["net/ipv4/conf/eth0/rp_filter\t2"] });
    expect(diffStates(before, after)).toEqual([
      "colo: links - x-dsl@NONE: <POINTOPOINT>",
      "colo: sysctl net.ipv4.conf.eth0.rp_filter: 0 -> 2",
    ]);
  });

  test("sysctls of a device whose name has a dot are written as sysctl(8) does", () => {
    const [before, after] = ["0", "1"].map((value) =>
      state({ links: ["eth0.5@eth0: <UP>"], sysctls: [`net/ipv4/conf/eth0.5/forwarding\t${value}`] }),
    );
    if (!before || !after) throw new Error("two states");
    expect(diffStates(before, after)).toEqual(["colo: sysctl net.ipv4.conf.eth0/5.forwarding: 0 -> 1"]);
  });

  test("a section that only one of the two has is compared with nothing", () => {
    expect(diffStates(state({}), state({ rules: ["inet 0: from all lookup local"] }))).toEqual([
      "colo: rules + inet 0: from all lookup local",
    ]);
  });

  test("states of two hosts cannot be compared", () => {
    expect(() => diffStates(state({}), { host: "router", sections: {} })).toThrow(/colo and router cannot be compared/);
  });
});
