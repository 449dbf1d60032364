/** The Debian packages that the demo and the tests need, installed where they are missing. Runs on any Node.js. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const forLab = {
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  mmdebstrap: "mmdebstrap",
  "mkfs.ext4": "e2fsprogs",
  setpriv: "util-linux",
  ssh: "openssh-client",
  git: "git",
};
const forTests = {
  shellcheck: "shellcheck",
  busybox: "busybox",
  nft: "nftables",
  bird: "bird2",
  spin: "spin",
  gcc: "gcc",
  openssl: "openssl",
};

const searchPath = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
const onPath = (command) => searchPath.some((folder) => existsSync(join(folder, command)));

function missing(commands) {
  return [...new Set(Object.entries(commands).flatMap(([command, name]) => (onPath(command) ? [] : [name])))];
}

/** Go is needed only where neither Pulumi nor a newer Go is at hand; any Debian's will do to fetch the right one. */
export function ensureSystemPackages({ tests }) {
  const needed = missing({ ...forLab, ...(tests ? forTests : {}), ...(onPath("pulumi") ? {} : { go: "golang-go" }) });
  if (needed.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !onPath("sudo")) {
    throw new Error(
      `These Debian packages are missing: ${needed.join(" ")}. Install them as root: apt-get install ${needed.join(" ")}`,
    );
  }
  console.log(`Installing Debian packages${isRoot ? "" : " with sudo"}: ${needed.join(" ")}`);
  const run = (...command) => {
    const words = isRoot ? command : ["sudo", ...command];
    const { status } = spawnSync(words[0], words.slice(1), {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (status !== 0) throw new Error(`'${words.join(" ")}' failed; run it by hand to see why, then start again.`);
  };
  run("apt-get", "update", "-qq");
  // A compiler without the C library's headers compiles nothing, and only recommends them.
  const headers = needed.includes("gcc") ? ["libc6-dev"] : [];
  run("apt-get", "install", "-qq", "-y", "--no-install-recommends", ...needed, ...headers);
}
