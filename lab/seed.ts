import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { privateDirectory } from "./paths";
import { run } from "./process";
import { worldName, worldNic, type NicSpec, type Topology } from "./topology";
import { renderWorld } from "./world";

/** The management link: QEMU's user network, on which a guest is always 10.0.2.15. */
const management: NicSpec = { name: "mgmt0", address: "10.0.2.15/24" };

/** Stable over all labs, since the snapshot holds them: 52:54:00, the host, the card. */
export function macOf(hostIndex: number, nicIndex: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  return `52:54:00:1a:${hex(hostIndex)}:${hex(nicIndex)}`;
}

/** The network cards of each machine in the order of their PCI slots; the management link is the last. */
export function nicsOf(topology: Topology, host: string): NicSpec[] {
  if (host !== worldName) {
    const spec = topology.hosts.find(({ name }) => name === host);
    if (!spec) throw new Error(`The topology ${topology.name} has no host "${host}".`);
    return [...spec.nics, management];
  }
  const wired = topology.world.namespaces.filter(({ wire }) => wire !== undefined);
  return [...wired.map((namespace) => ({ name: worldNic(namespace), address: namespace.address })), management];
}

function interfacesFile(nics: readonly NicSpec[]): string {
  const stanzas = nics.map(({ name, address, gateway }) =>
    [
      `auto ${name}`,
      `iface ${name} inet static`,
      `\taddress ${address}`,
      ...(gateway === undefined ? [] : [`\tgateway ${gateway}`]),
      "",
    ].join("\n"),
  );
  return ["auto lo", "iface lo inet loopback", "", ...stanzas].join("\n");
}

const worldService = `[Unit]
Description=Namespaces of the lab's world
After=systemd-udev-trigger.service
Before=ssh.service
[Service]
Type=oneshot
RemainAfterExit=yes
# Its network cards have their names only when udev has seen them.
ExecStartPre=udevadm settle --timeout=120
ExecStart=/opt/lab/world.sh
[Install]
WantedBy=multi-user.target
`;

type SeedFile = { readonly path: string } & (
  { readonly text: string; readonly mode: number } | { readonly link: string }
);

function worldFiles(topology: Topology): SeedFile[] {
  return [
    { path: "opt/lab/world.sh", text: renderWorld(topology), mode: 0o755 },
    { path: "etc/systemd/system/lab-world.service", text: worldService, mode: 0o644 },
    { path: "etc/systemd/system/multi-user.target.wants/lab-world.service", link: "../lab-world.service" },
  ];
}

/** What makes a copy of the image one particular machine. */
function identityFiles(topology: Topology, hostIndex: number, host: string): SeedFile[] {
  const nics = nicsOf(topology, host);
  const configured = host === worldName ? nics.slice(-1) : nics;
  const link = ({ name }: NicSpec, index: number): SeedFile => ({
    path: `etc/systemd/network/10-${name}.link`,
    text: `[Match]\nMACAddress=${macOf(hostIndex, index)}\n\n[Link]\nName=${name}\n`,
    mode: 0o644,
  });
  return [
    { path: "etc/hostname", text: `${host}\n`, mode: 0o644 },
    { path: "etc/hosts", text: `127.0.0.1\tlocalhost\n127.0.1.1\t${host}\n`, mode: 0o644 },
    { path: "etc/machine-id", text: `${randomBytes(16).toString("hex")}\n`, mode: 0o444 },
    { path: "etc/network/interfaces", text: interfacesFile(configured), mode: 0o644 },
    ...nics.map(link),
    ...(host === worldName ? worldFiles(topology) : []),
  ];
}

/** Keys of one snapshot: `control` for the lab itself (root), `user` for admin and guest. */
export async function generateKeys(directory: string): Promise<void> {
  privateDirectory(directory);
  for (const name of ["control", "user"]) {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", `lab-${name}`, "-f", join(directory, name)], {
      purpose: "generate the lab's SSH keys",
    });
  }
}

/** Writes a tar of a machine's own files for its first boot, and returns its ed25519 host key. */
export async function writeSeed(
  path: string,
  { topology, hostIndex, host, keys }: { topology: Topology; hostIndex: number; host: string; keys: string },
): Promise<string> {
  const stage = `${path}.d`;
  const ssh = join(stage, "etc", "ssh");
  mkdirSync(ssh, { recursive: true });
  await run("ssh-keygen", ["-q", "-A", "-f", stage], { purpose: `generate the host keys of ${host}` });
  const hostKeys = ["rsa", "ecdsa", "ed25519"].flatMap((type) => [
    `etc/ssh/ssh_host_${type}_key`,
    `etc/ssh/ssh_host_${type}_key.pub`,
  ]);
  const publicKey = (name: string): string => readFileSync(join(keys, `${name}.pub`), "utf8");
  const files: SeedFile[] = [
    ...identityFiles(topology, hostIndex, host),
    { path: "root/.ssh/authorized_keys", text: publicKey("control"), mode: 0o600 },
    { path: "home/admin/.ssh/authorized_keys", text: publicKey("user"), mode: 0o600 },
    { path: "home/guest/.ssh/authorized_keys", text: publicKey("user"), mode: 0o600 },
  ];
  for (const file of files) {
    mkdirSync(dirname(join(stage, file.path)), { recursive: true });
    if ("link" in file) symlinkSync(file.link, join(stage, file.path));
    else writeFileSync(join(stage, file.path), file.text, { mode: file.mode });
  }
  const args = ["--create", "--file", path, "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"];
  await run("tar", [...args, "--directory", stage, ...hostKeys, ...files.map((file) => file.path)], {
    purpose: `pack the files of ${host}`,
  });
  const hostKey = readFileSync(join(ssh, "ssh_host_ed25519_key.pub"), "utf8").trim().split(" ").slice(0, 2).join(" ");
  rmSync(stage, { recursive: true });
  return hostKey;
}

/** Run as init, once, with the tar as second disk; says so on the console and powers off. */
export const seedCommand = [
  "mount -o remount,rw /",
  "tar -xf /dev/vdb -C /",
  "chown -R admin:admin /home/admin/.ssh",
  "chown -R guest:guest /home/guest/.ssh",
  "chmod 700 /root/.ssh /home/admin/.ssh /home/guest/.ssh",
  "mount -o remount,ro /",
  "echo lab-seeded",
  "echo o >/proc/sysrq-trigger",
  "sleep 60",
].join(" && ");

export const seededMark = "lab-seeded";
