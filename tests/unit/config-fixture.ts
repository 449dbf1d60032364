import { configCodes } from "../../config/codes";
import { type Checked, checkStackConfig, type Context } from "../../config/check";
import type { Machine } from "../../config/machine";

const keyBytes = (type: string): string => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(40, type)]).toString("base64");
};
export const hostKeys = {
  ed25519: `ssh-ed25519 ${keyBytes("ssh-ed25519")}`,
  ecdsa: `ecdsa-sha2-nistp256 ${keyBytes("ecdsa-sha2-nistp256")}`,
  rsa: `ssh-rsa ${keyBytes("ssh-rsa")}`,
};
export const hostKey = hostKeys.ed25519;

const openSsh = (cipher: string): string => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(cipher.length);
  const body = Buffer.concat([Buffer.from("openssh-key-v1\0"), length, Buffer.from(cipher), Buffer.alloc(90, "k")]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
};
export const privateKey = openSsh("none");
export const encryptedKey = openSsh("aes256-ctr");

/** The config of the README's example, as Pulumi hands it over. */
export function example() {
  return {
    hosts: {
      rack: { host: "77.1.2.2", hostKey, agentSocketPath: "/run/agent" } as Record<string, unknown>,
      router: { host: "10.0.0.1", user: "admin", port: 22, hostKey, privateKey, installPackages: true } as Record<
        string,
        unknown
      >,
    },
    colos: {
      toronto: {
        host: "rack",
        address: "77.1.2.2",
        prefix: "77.1.2.0/24",
        interface: "eth0",
        gateway: "77.1.2.1",
      } as Record<string, unknown>,
    },
    addresses: { vpn: { colo: "toronto", address: "77.1.2.3", acquire: "proxy-arp" } as Record<string, unknown> },
    uplinks: {
      dsl: {
        colo: "toronto",
        router: "router",
        interface: "eth1",
        address: "55.1.2.3",
        gateway: "55.1.2.1",
        encapsulation: "gre",
        mtu: 1500,
        detection: { interval: 200, multiplier: 3 },
      } as Record<string, unknown>,
      cable: { colo: "toronto", router: "router", interface: "eth2", address: "99.1.2.3" } as Record<string, unknown>,
    },
    sites: {
      office: {
        colo: "toronto",
        router: "router",
        addresses: ["vpn"],
        uplinks: { dsl: { weight: 1, metric: 0 }, cable: { weight: 4 } },
        whenDown: "direct",
        hold: 5,
      } as Record<string, unknown>,
    },
  };
}

export type Example = ReturnType<typeof example>;

export interface Surroundings {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secretSections?: readonly string[];
}

export function machineWith({ files = {}, environment = {} }: Surroundings): Machine {
  const present: Record<string, string> = { "/run/agent": "", ...files };
  return {
    folder: "/project",
    home: "/home/ann",
    environment,
    exists: (path) => Object.hasOwn(present, path),
    readFile: (path) => {
      const text = present[path];
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
      if (text === "forbidden") throw Object.assign(new Error(`EACCES: ${path}`), { code: "EACCES" });
      return text;
    },
  };
}

export function check(raw: Readonly<Record<string, unknown>>, surroundings: Surroundings = {}): Checked {
  const context: Context = {
    machine: machineWith(surroundings),
    owner: { organization: "acme", project: "extrude", stack: "dev" },
    secretSections: new Set(surroundings.secretSections ?? ["hosts"]),
  };
  return checkStackConfig(raw, context);
}

/** The sentences on the example after `change`, of those of the config itself without their codes. */
export function problemsAfter(change: (config: Example) => unknown, surroundings: Surroundings = {}): string[] {
  const code = new RegExp(` \\[(${configCodes.join("|")})\\]\\(docs/errors\\.md#\\1\\)$`);
  return codedProblemsAfter(change, surroundings).map((sentence) => sentence.replace(code, ""));
}

export function codedProblemsAfter(change: (config: Example) => unknown, surroundings: Surroundings = {}): string[] {
  const config = example();
  change(config);
  const checked = check(config, surroundings);
  return "problems" in checked ? [...checked.problems] : [];
}
