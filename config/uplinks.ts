import type { X509End, X509Ends } from "../planning/x509";
import { coded } from "./codes";
import type { Say } from "./keys";
import { explainRead, type Machine, resolvePath } from "./machine";
import { stackKey } from "./problems";
import type { UplinkEntry } from "./schema";

/** A line's keys, with all files read. */
export type Uplink = Omit<UplinkEntry, "x509"> & { readonly x509?: X509Ends | undefined };

export function resolveUplink(name: string, { x509, ...entry }: UplinkEntry, machine: Machine, say: Say): Uplink {
  if (x509 === undefined) return entry;
  const read = (end: "colo" | "router", key: Exclude<keyof typeof x509.colo, "identity">): string | undefined => {
    const path = resolvePath(x509[end][key], machine.folder, machine);
    try {
      return machine.readFile(path);
    } catch (error) {
      const place = stackKey(["uplinks", name, "x509", end, key]);
      say(coded("file-unreadable", `${place}: ${path} cannot be read: ${explainRead(error)}.`));
      return undefined;
    }
  };
  const readEnd = (end: "colo" | "router"): X509End | undefined => {
    const [certificate, privateKey, trustedCa] = [
      read(end, "certificateFile"),
      read(end, "privateKeyFile"),
      read(end, "trustedCaFile"),
    ];
    if (certificate === undefined || privateKey === undefined || trustedCa === undefined) return undefined;
    return { certificate, privateKey, trustedCa, identity: x509[end].identity };
  };
  const [colo, router] = [readEnd("colo"), readEnd("router")];
  return colo === undefined || router === undefined ? entry : { ...entry, x509: { colo, router } };
}
