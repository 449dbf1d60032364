/** Everything that `extrude doctor` can find. `docs/cli/doctor.md` has a section per code, and a test triggers each. */
export const catalogue = {
  unresolved: "error",
  unreachable: "error",
  "host-key-differs": "error",
  "login-refused": "error",
  "sudo-refused": "error",
  unanswered: "error",
  "agent-missing": "error",
  "agent-outdated": "warning",
  "change-broken": "error",
  "watcher-stopped": "warning",
  "unit-missing": "error",
  "unit-differs": "error",
  "unit-unknown": "warning",
  drifted: "error",
  "requirement-missing": "error",
  "claimed-twice": "error",
  "address-overlaps": "error",
  "rule-foreign": "error",
  "filter-foreign": "warning",
  "clock-skewed": "warning",
  "carrier-missing": "error",
  "gateway-silent": "error",
  "path-dead": "error",
  "tunnel-filtered": "error",
  "keys-differ": "error",
  "certificate-refused": "error",
  "tunnel-down": "error",
  "esp-filtered": "note",
  "mtu-too-large": "error",
  "mtu-unknown": "note",
} as const satisfies Record<string, Severity>;

/** An error costs traffic, or will; a warning costs safety; a note says what could not be found out. */
export type Severity = "error" | "warning" | "note";
export type FindingCode = keyof typeof catalogue;

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly host: string;
  /** What is wrong: a sentence. */
  readonly text: string;
  /** The command, or the argument, that mends it. */
  readonly fix: string;
}

export function finding(code: FindingCode, host: string, text: string, fix: string): Finding {
  return { code, severity: catalogue[code], host, text, fix };
}

/** A command that has to be given there, not on this machine. */
export function onHost(host: string, command: string): string {
  return `on ${host}: ${command}`;
}
