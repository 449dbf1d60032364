import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { run, searchPath } from "./tools";

/**
 * Prometheus' programs: as they are installed, or out of Debian's package, which is only unpacked, since to install it
 * would start a server.
 */
function program(name: "promtool" | "prometheus"): string {
  const installed = searchPath.split(delimiter).find((one) => one !== "" && existsSync(join(one, name)));
  if (installed !== undefined) return join(installed, name);
  const cache = join(homedir(), ".cache", "extrude", "prometheus");
  const unpacked = join(cache, "usr", "bin", name);
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(cache, { recursive: true });
  const script = 'cd "$1" && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb';
  const { status, stderr } = run(["sh", "-c", script, "sh", cache], "");
  if (status !== 0 || !existsSync(unpacked)) {
    throw new Error(
      `This test needs ${name}, and 'apt-get download prometheus' has not brought it (${readdirSync(cache).join(" ")}): ${stderr}`,
    );
  }
  return unpacked;
}

export const promtool = (): string => program("promtool");
export const prometheus = (): string => program("prometheus");
