import { dirname } from "node:path";
import { coded } from "./codes";
import { alternatives, type Connection, type ConnectionFields, resolveConnection, type Say, type Source } from "./keys";
import { explainRead, type Machine, resolvePath } from "./machine";
import { describeIssues, formatPath, type Place, respell, stackKey } from "./problems";
import { type ConnectionEntry, connectionFileSchema, type HostEntry } from "./schema";

export interface Host {
  readonly connection: Connection & { readonly proxy?: Connection | undefined };
  readonly installPackages?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly metrics?: boolean | string | undefined;
  /** The full name of a key of the connection, also if it stands in the host's connection file. */
  readonly label: (path: readonly string[]) => string;
}

/** A connection file's keys, and where they stand. */
interface ConnectionFile {
  readonly entry: ConnectionEntry;
  readonly place: Place;
  readonly folder: string;
}

/** A host's keys, its own and those of its connection file, with all files read. */
export function resolveHost(name: string, entry: HostEntry, machine: Machine, say: Say): Host {
  const { connectionFile, installPackages, watch, metrics, proxy: ownProxy, ...own } = entry;
  const file = connectionFile === undefined ? undefined : readConnectionFile(name, connectionFile, machine, say);
  const { proxy: fileProxy, ...further } = file?.entry ?? {};
  // An own key stands for its alternatives too: who writes privateKey here does not want the file's privateKeyFile.
  const displaced = alternatives.flatMap((group) => (group.some((key) => own[key] !== undefined) ? group : []));
  const kept = Object.fromEntries(
    Object.entries(further).filter(([key]) => !displaced.some((other) => other === key)),
  ) as ConnectionFields;
  const fields: ConnectionFields = { ...kept, ...own };
  const proxy = ownProxy ?? fileProxy;
  const inFile = (path: readonly string[]): boolean => {
    const [key] = path;
    if (key === "proxy") return ownProxy === undefined && fileProxy !== undefined;
    return key !== undefined && Object.hasOwn(kept, key) && !Object.hasOwn(own, key);
  };
  const label = (path: readonly string[]): string =>
    file !== undefined && inFile(path) ? file.place.label(path) : stackKey(["hosts", name, ...path]);
  const complete = connectionFile === undefined || file !== undefined;
  const sourceAt = (prefix: readonly string[]): Source => ({
    complete,
    label: (key) => label(key === undefined ? prefix : [...prefix, key]),
    folder: (key) => (file !== undefined && inFile([...prefix, key]) ? file.folder : machine.folder),
  });
  return {
    connection: {
      ...resolveConnection(fields, sourceAt([]), machine, say),
      ...(proxy === undefined ? {} : { proxy: resolveConnection(proxy, sourceAt(["proxy"]), machine, say) }),
    },
    installPackages,
    watch,
    metrics,
    label,
  };
}

function readConnectionFile(name: string, path: string, machine: Machine, say: Say): ConnectionFile | undefined {
  const key = stackKey(["hosts", name, "connectionFile"]);
  const found = resolvePath(path, machine.folder, machine);
  let text: string;
  try {
    text = machine.readFile(found);
  } catch (error) {
    say(coded("file-unreadable", `${key}: ${found} cannot be read: ${explainRead(error)}.`));
    return undefined;
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    // The parser's own message quotes the file, which may hold a key.
    say(coded("connection-file-malformed", `${key}: ${path} is not JSON.`));
    return undefined;
  }
  // Never quoted: a key that is misplaced in this file is a secret still.
  const place: Place = {
    label: (parts) => (parts.length === 0 ? path : `${path}: ${formatPath(parts)}`),
    quotes: () => false,
  };
  const respelt = respell(connectionFileSchema, raw, place);
  const parsed = connectionFileSchema.safeParse(respelt.raw);
  const wrong = parsed.success ? [] : describeIssues(parsed.error.issues, connectionFileSchema, respelt.raw, place);
  [...respelt.problems, ...wrong].forEach(say);
  return parsed.success ? { entry: parsed.data, place, folder: dirname(found) } : undefined;
}
