import { quote } from "./shell";

/** Sections of native text, as the agent names them. */
export interface Sections {
  readonly lines?: readonly string[];
  readonly sysctl?: readonly string[];
  readonly shaping?: readonly string[];
  readonly nft?: readonly string[];
  readonly "nft-elements"?: readonly string[];
  readonly ip?: readonly string[];
  readonly wireguard?: readonly string[];
  readonly charon?: readonly string[];
  readonly swanctl?: readonly string[];
  readonly x509?: readonly string[];
  readonly "bird-tables"?: readonly string[];
  readonly bfd?: readonly string[];
  readonly bird?: readonly string[];
  readonly announce?: readonly string[];
  readonly guard?: readonly string[];
  readonly damping?: readonly string[];
  readonly quality?: readonly string[];
  readonly room?: readonly string[];
  readonly customer?: readonly string[];
  readonly keys?: readonly string[];
  readonly forms?: readonly string[];
}

export interface Unit {
  readonly name: string;
  /** The host's logical name: another name is another host. */
  readonly host: string;
  /** Lines such as `claim address 77.1.2.3`, in the agent's words. */
  readonly header: readonly string[];
  readonly sections: Sections;
}

/** The unit format that this version writes. An agent refuses what is newer than itself. */
const protocol = 1;

/** A unit's text, as the agent reads it. */
export function renderUnit(unit: Unit): string {
  const header = [`extrude unit ${protocol}`, `unit ${unit.name}`, `host ${unit.host}`, ...unit.header];
  const sections = Object.entries(unit.sections as Record<string, readonly string[]>)
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([section, lines]) => [`[${section}]`, ...lines]);
  return [...header, ...sections, "[end]", ""].join("\n");
}

/** What follows a unit on stdin: each secret by the name that the unit gives it. */
export function renderSecrets(secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}

const agent = "/usr/local/sbin/extrudectl";
/** No line of a unit can be this, since none begins with a dot. */
const endOfUnit = ".unit.";

/** How a command becomes root: not at all, or by sudo without a password. */
function asRoot(user: string): string {
  return user === "root" ? "" : "sudo -n ";
}

export interface UnitCommands {
  readonly create: string;
  readonly delete: string;
}

/** The shell commands that apply and remove a unit. Secrets follow on stdin, after the unit. */
export function renderUnitCommands(unit: Unit, user: string): UnitCommands {
  const name = quote(unit.name);
  return {
    create: [
      `{ cat <<'${endOfUnit}' && cat; } | ${asRoot(user)}${agent} apply ${name}`,
      `${renderUnit(unit)}${endOfUnit}`,
    ].join("\n"),
    delete: `cat >/dev/null; ${asRoot(user)}${agent} remove ${name} --as ${quote(unit.host)}`,
  };
}

/** The unit's text in a `create` command of either kind: the inverse. Undefined where the command is no unit's. */
export function unitTextOf(create: string): string | undefined {
  const start = create.indexOf("\nextrude unit ") + 1;
  const end = create.lastIndexOf(`\n${endOfUnit}`) + 1;
  return start > 0 && end > start ? create.slice(start, end) : undefined;
}

/** Exit statuses of a question that could not be put. */
export const unasked = { withoutAgent: 90, withoutRoot: 91 } as const;

/** What the command line asks of an agent. All but `restore` change nothing. */
export type Question = "facts" | "probe" | "rate" | "measure" | "events" | "routes" | "restore" | "capture" | "inspect";

export function renderQuestion(verb: Question, user: string): string {
  const rootTest = user === "root" ? [] : [`sudo -n true 2>/dev/null || exit ${unasked.withoutRoot}`];
  return [`test -e ${agent} || exit ${unasked.withoutAgent}`, ...rootTest, `${asRoot(user)}${agent} ${verb}`].join(
    "; ",
  );
}

/** The commands of a host's own unit: they bring the agent, whose program arrives on stdin. */
export function renderHostCommands(unit: Unit, user: string): UnitCommands {
  const name = quote(unit.name);
  const complaint = `extrude: ${user} on ${unit.host} may not become root without a password. Allow it with a line '${user} ALL=(ALL) NOPASSWD: ALL' under /etc/sudoers.d, or connect as root. Nothing has changed.`;
  // What was sent is read even so: to a sender whose input is left unread, the command has failed for another reason.
  const rootTest =
    user === "root" ? [] : [`sudo -n true 2>/dev/null || { cat >/dev/null; echo ${quote(complaint)} >&2; exit 1; }`];
  return {
    create: [
      ...rootTest,
      `agent=$(mktemp) && trap 'rm -f "$agent"' EXIT && cat >"$agent" && ${asRoot(user)}sh "$agent" install <<'${endOfUnit}'`,
      `${renderUnit(unit)}${endOfUnit}`,
    ].join("\n"),
    // Where the agent is gone, so is everything that it kept.
    delete: `cat >/dev/null; test ! -e ${agent} || ${asRoot(user)}${agent} remove ${name} --as ${quote(unit.host)}`,
  };
}
