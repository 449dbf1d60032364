import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy?: string;
}

/** deb822 stanzas (*.sources). */
export function parseDeb822(text: string): AptSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let last = "";
    for (const line of stanza.split("\n")) {
      if (line.startsWith("#") || line.trim() === "") continue;
      const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (field?.[1] !== undefined) {
        last = field[1].toLowerCase();
        fields.set(last, field[2] ?? "");
      } else {
        fields.set(last, `${fields.get(last) ?? ""} ${line.trim()}`);
      }
    }
    const words = (name: string): string[] => (fields.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
    if (!words("types").includes("deb") || /^(no|false|0)$/i.test(fields.get("enabled") ?? "yes")) return [];
    const signedBy = fields.get("signed-by");
    return [
      {
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        ...(signedBy === undefined ? {} : { signedBy }),
      },
    ];
  });
}

/** One-line entries (sources.list, *.list). */
export function parseOneLine(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const entry = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (entry?.[2] === undefined || entry[3] === undefined) return [];
    const signedBy = /signed-by=(\S+)/.exec(entry[1] ?? "")?.[1];
    const components = (entry[4] ?? "").trim().split(/\s+/);
    return [{ uris: [entry[2]], suites: [entry[3]], components, ...(signedBy === undefined ? {} : { signedBy }) }];
  });
}

/**
 * One-line sources for another release, from the Debian entries of this machine. Third-party repositories often use
 * Debian's suite names too, but not Debian's keyring and suite together.
 */
export function sourcesFor(
  release: string,
  machine: { readonly codename: string; readonly sources: readonly AptSource[] },
): string[] {
  const suite = new RegExp(`^${machine.codename}(-updates|-security|/updates)?$`);
  const lines = machine.sources
    .filter(
      ({ components, signedBy }) =>
        components.includes("main") && (signedBy ?? "debian-archive").includes("debian-archive"),
    )
    .flatMap(({ uris, suites }) =>
      suites
        .filter((name) => suite.test(name))
        .flatMap((name) => uris.map((uri) => `deb ${uri} ${name.replace(machine.codename, release)} main`)),
    );
  return [...new Set(lines)];
}

/** This machine's apt sources; empty where it is not a Debian. */
export function machineSources(etc = "/etc"): { readonly codename: string; readonly sources: readonly AptSource[] } {
  const osRelease = readFileSync(join(etc, "os-release"), "utf8");
  const codename = /^VERSION_CODENAME=["']?([a-z]+)/m.exec(osRelease)?.[1] ?? "";
  const directory = join(etc, "apt", "sources.list.d");
  const parts = existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
  const files = [join(etc, "apt", "sources.list"), ...parts].filter((path) => existsSync(path));
  const sources = files.flatMap((path) => {
    if (path.endsWith(".sources")) return parseDeb822(readFileSync(path, "utf8"));
    return path.endsWith(".list") ? parseOneLine(readFileSync(path, "utf8")) : [];
  });
  return { codename, sources };
}
