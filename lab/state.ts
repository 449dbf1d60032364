import { guestFile } from "./paths";
import type { Place } from "./place";

/** Everything about a host that an apply may change and a destroy has to put back. Plain data: may be stored as JSON. */
export interface HostState {
  readonly host: string;
  readonly sections: Readonly<Record<string, readonly string[]>>;
}

/** Sections of "key<tab>value" lines, of which a change is shown as one line. */
const keyed = new Set(["sysctls", "files", "packages"]);

/** How a difference names its section. */
const singular: Readonly<Record<string, string>> = { sysctls: "sysctl", files: "file", packages: "package" };

/** Lines in which order means something, and which repeat. */
const textual = new Set(["nft"]);

export async function readState(place: Place): Promise<HostState> {
  const { stdout } = await place.exec("python3 -", { input: guestFile("state.py"), timeoutMs: 120_000 });
  return { host: place.name, sections: JSON.parse(stdout) as HostState["sections"] };
}

function counts(lines: readonly string[]): Map<string, number> {
  const result = new Map<string, number>();
  for (const line of lines) result.set(line, (result.get(line) ?? 0) + 1);
  return result;
}

function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [counts(before), counts(after)];
  const surplus = (lines: readonly string[], other: Map<string, number>, sign: string): string[] => {
    const left = new Map(other);
    return lines.flatMap((line) => {
      const rest = left.get(line) ?? 0;
      left.set(line, rest - 1);
      return rest > 0 ? [] : [`${sign} ${line.trim()}`];
    });
  };
  return [...surplus(before, now, "-"), ...surplus(after, old, "+")];
}

/** Braces alone say nothing: each nft rule is named with the chain it is in. */
function qualifyNft(lines: readonly string[]): string[] {
  const path: string[] = [];
  return lines.flatMap((line) => {
    const text = line.trim();
    if (text === "}") {
      path.pop();
      return [];
    }
    const qualified = [...path, text.replace(/ \{$/, "")].join(" / ");
    if (text.endsWith("{")) path.push(text.replace(/ \{$/, ""));
    return [qualified];
  });
}

function diffKeyed(before: readonly string[], after: readonly string[]): string[] {
  const table = (lines: readonly string[]): Map<string, string> =>
    new Map(lines.map((line) => [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)]));
  const [old, now] = [table(before), table(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    if (was === is) return [];
    if (was === undefined) return [`+ ${key}: ${is ?? ""}`];
    return is === undefined ? [`- ${key}: ${was}`] : [`${key}: ${was} -> ${is}`];
  });
}

/** Devices that are in only one of the two states; their disappearance is a difference of links, not of sysctls too. */
function passingDevices(before: HostState, after: HostState): Set<string> {
  const devices = ({ sections }: HostState): Set<string> =>
    new Set((sections["links"] ?? []).map((line) => /^[^:@]+/.exec(line)?.[0] ?? ""));
  const [old, now] = [devices(before), devices(after)];
  return new Set([...[...old].filter((name) => !now.has(name)), ...[...now].filter((name) => !old.has(name))]);
}

function shownSysctls(state: HostState, passing: ReadonlySet<string>): string[] {
  return (state.sections["sysctls"] ?? []).flatMap((line) => {
    const device = /^net\/(?:ipv4|ipv6|mpls)\/(?:conf|neigh)\/([^/]+)\//.exec(line)?.[1];
    if (device !== undefined && passing.has(device)) return [];
    return [line.replace(/^[^\t]+/, (path) => path.replaceAll(".", "%").replaceAll("/", ".").replaceAll("%", "/"))];
  });
}

function diffSection(section: string, before: HostState, after: HostState): string[] {
  const passing = passingDevices(before, after);
  const of = (state: HostState): readonly string[] =>
    section === "sysctls" ? shownSysctls(state, passing) : (state.sections[section] ?? []);
  if (keyed.has(section)) return diffKeyed(of(before), of(after));
  if (textual.has(section)) return diffLines(qualifyNft(of(before)), qualifyNft(of(after)));
  return diffLines(of(before), of(after));
}

/** What changed, one readable line each; empty if nothing did. */
export function diffStates(before: HostState, after: HostState): string[] {
  if (before.host !== after.host) throw new Error(`The states of ${before.host} and ${after.host} cannot be compared.`);
  const sections = [...new Set([...Object.keys(before.sections), ...Object.keys(after.sections)])];
  return sections.flatMap((section) =>
    diffSection(section, before, after).map((line) => `${before.host}: ${singular[section] ?? section} ${line}`),
  );
}
