import type { Connection, StackHost, StackState } from "./state";
import { resourcesOf, secretMark } from "./state";

/** Everything that the stack keeps secret and that could be recognised in a text. */
export function secretsOf(state: StackState, hosts: readonly StackHost[]): string[] {
  const connections = hosts.flatMap(({ connection }) => [
    connection,
    ...(connection.proxy === undefined ? [] : [connection.proxy]),
  ]);
  return [
    ...connections.flatMap(credentialsOf),
    ...resourcesOf(state).flatMap((resource) => markedIn(resource.inputs).flatMap(keysIn)),
  ];
}

function credentialsOf({ privateKey, privateKeyPassword, password }: Omit<Connection, "proxy">): string[] {
  return [privateKey, privateKeyPassword, password].filter((text) => text !== undefined);
}

/** Names and addresses by which hosts are reached. */
export function placesOf(hosts: readonly StackHost[]): string[] {
  return hosts.flatMap(({ connection }) => [
    connection.host,
    ...(connection.proxy === undefined ? [] : [connection.proxy.host]),
  ]);
}

/** What Pulumi was told is secret. */
function markedIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (secretMark in value && "plaintext" in value && typeof value.plaintext === "string") return [value.plaintext];
  return Object.values(value).flatMap(markedIn);
}

/** Words that look like keys: a secret text may be a whole program with some in it. */
function keysIn(text: string): string[] {
  return (text.match(/[A-Za-z0-9+/=_-]{20,}/g) ?? []).filter(
    (word) => /\d/.test(word) && /[A-Z]/.test(word) && /[a-z]/.test(word),
  );
}
