import { createHash } from "node:crypto";
import { ColoEndpoint, Host, SiteUplink, type SiteUplinkArgs } from "../../components";
import { wireguardKeys } from "../../planning/wireguard-keys";
import { keyInBase64 } from "../../planning/x509";
import { makeEnds } from "./certificates";
import { hostKey, program, type Registered, reveal, secrets } from "./components-fixture";

/** A network with one encrypted line. */
function line(over: Partial<SiteUplinkArgs> = {}, preview = false): Promise<Registered> {
  return program((registered) => {
    const connection = { host: "192.0.2.1", hostKey, privateKey: secrets.privateKey };
    const rack = new Host("rack", { connection });
    const router = new Host("router", { connection });
    const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0" });
    const common = { colo, router, interface: "eth1", address: "55.1.2.3" };
    const options = { transformations: [registered.transformation] };
    new SiteUplink("dsl", { ...common, encapsulation: "wireguard", ...over }, options);
  }, preview);
}

const keysOf = (end: string) => wireguardKeys(createHash("sha256").update(`dsl-${end}-key`).digest("base64"));

const randomKey = (seed: string): string => createHash("sha256").update(seed).digest("base64");

const keyNames = ["RandomBytes dsl-colo-key", "RandomBytes dsl-router-key"];

test("each end has 32 random bytes of its own, and tells the other what follows from them", async () => {
  const registered = await line();
  expect(registered.names.filter((name) => name.startsWith("RandomBytes"))).toEqual(keyNames);
  for (const [end, other] of [
    ["colo", "router"],
    ["router", "colo"],
  ] as const) {
    const { create, stdin } = registered.command(`dsl-${end}`);
    const tunnel = /^claim link (.*)$/m.exec(create)?.[1] ?? "";
    expect(create).toContain(` private-key secret:${tunnel} peer ${keysOf(other).publicKey} `);
    expect(reveal(stdin)).toBe(`${tunnel} ${keysOf(end).privateKey}\n`);
    for (const key of [keysOf("colo").privateKey, keysOf("router").privateKey]) expect(create).not.toContain(key);
  }
});

test("another version of the keys makes everything of the tunnel anew", async () => {
  const [first, second] = [await line(), await line({ keyVersion: 2 })];
  for (const end of ["colo", "router"]) {
    const keepers = (registered: Registered) =>
      registered.inputs("random:index/randomBytes:RandomBytes", `dsl-${end}-key`);
    expect(keepers(first)).toMatchObject({ length: 32, keepers: { keyVersion: "1" } });
    expect(keepers(second)).toMatchObject({ length: 32, keepers: { keyVersion: "2" } });
    const host = end === "colo" ? "rack" : "router";
    expect(first.command(`dsl-${end}`).triggers).toEqual([host, "acme/net/prod/uplink/dsl"]);
    expect(second.command(`dsl-${end}`).triggers).toEqual([host, "acme/net/prod/uplink/dsl@2"]);
  }
});

test("keys that are given are used, and are secret", async () => {
  const given = { colo: randomKey("a"), router: randomKey("b") };
  const registered = await line({ coloPrivateKey: given.colo, routerPrivateKey: given.router });
  expect(registered.names.filter((name) => name.startsWith("RandomBytes"))).toEqual([]);
  for (const end of ["colo", "router"] as const) {
    const { create, stdin } = registered.command(`dsl-${end}`);
    expect(reveal(stdin)).toContain(` ${wireguardKeys(given[end]).privateKey}\n`);
    expect(create).toContain(`claim key ${wireguardKeys(given[end]).publicKey}\n`);
  }
});

test("a line in clear has no keys", async () => {
  const registered = await line({ encapsulation: "gre" });
  expect(registered.names.filter((name) => name.startsWith("RandomBytes"))).toEqual([]);
  expect(registered.command("dsl-colo")).not.toHaveProperty("stdin");
});

test.each(["ipsec", "gre-ipsec"] as const)(
  "with %s both ends have the same key, given or made, and never in a command",
  async (encapsulation) => {
    for (const preSharedKey of [undefined, randomKey("shared")]) {
      const registered = await line({ encapsulation, ...(preSharedKey === undefined ? {} : { preSharedKey }) });
      const made = registered.names.filter((name) => name.startsWith("RandomBytes"));
      expect(made).toEqual(preSharedKey === undefined ? ["RandomBytes dsl-key"] : []);
      for (const end of ["colo", "router"]) {
        const { create, stdin } = registered.command(`dsl-${end}`);
        const tunnel = /^claim link (.*)$/m.exec(create)?.[1] ?? "";
        const key = preSharedKey ?? randomKey("dsl-key");
        expect(reveal(stdin)).toBe(`${tunnel} ${key}\n`);
        expect(create).toContain(`secret = 0ssecret:${tunnel}\n`);
        expect(create).not.toContain(key);
      }
    }
  },
);

test("with certificates each end gets its own key, no key is made, and certificates are in the open", async () => {
  const { colo, router } = makeEnds();
  const x509 = { colo, router };
  const registered = await line({ encapsulation: "ipsec", x509 });
  expect(registered.names.filter((name) => name.startsWith("RandomBytes"))).toEqual([]);
  for (const end of ["colo", "router"] as const) {
    const { create, stdin } = registered.command(`dsl-${end}`);
    const tunnel = /^claim link (.*)$/m.exec(create)?.[1] ?? "";
    expect(reveal(stdin)).toBe(`${tunnel} ${keyInBase64(x509[end].privateKey)}\n`);
    expect(create).toContain(`x509/${tunnel}.colo.pem\n${x509.colo.certificate}`);
    expect(create).toContain(`x509/${tunnel}.site.pem\n${x509.router.certificate}`);
    expect(create).toContain(`x509ca/${tunnel}.pem\n${x509[end].trustedCa}`);
    for (const { privateKey } of [x509.colo, x509.router]) {
      expect(create).not.toContain(privateKey.split("\n")[5]);
      expect(create).not.toContain(keyInBase64(privateKey));
    }
  }
});
