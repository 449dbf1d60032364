import { anchor } from "../planning/problems";

/**
 * What can be wrong with the form of a stack's config, before planning looks at its values: docs/errors.md has a section
 * per code, and a test triggers each. A sentence of the config has its remedy in itself, since that depends on the key.
 */
export const configCodes = [
  "key-unknown",
  "key-missing",
  "type-invalid",
  "reference-unknown",
  "secret-misplaced",
  "keys-exclusive",
  "file-unreadable",
  "connection-file-malformed",
  "private-key-unfit",
  "host-key-unfit",
  "ssh-agent-missing",
] as const;

type ConfigCode = (typeof configCodes)[number];
/** Of planning's codes, those that the config finds by itself. */
type SharedCode = "choice-invalid" | "credential-missing" | "host-key-missing";

/** A sentence with the place where the documentation says more. */
export function coded(code: ConfigCode | SharedCode, sentence: string): string {
  return `${sentence} ${anchor(code)}`;
}
