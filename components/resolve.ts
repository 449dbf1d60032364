import { getOrganization, getProject, getStack, type Input, type Output, output, Resource } from "@pulumi/pulumi";
import type { ExtrudedAddressFacts } from "../planning/address";
import type { Colo } from "../planning/colo";
import type { UnitKind, UnitName } from "../planning/names";
import type { UplinkFacts } from "../planning/uplink";
import type { AddressReference, ColoReference, HostReference, UplinkReference } from "./references";

/** A reference's fields: only these, since a component carries secrets and functions besides. */
export function resolveColo(reference: Input<ColoReference>): Output<Colo> {
  return output(reference).apply((colo) =>
    output({
      unit: colo.unit,
      host: output(colo.host).apply((host) => host.name),
      address: colo.address,
      prefix: colo.prefix,
      interface: colo.interface,
      gateway: colo.gateway,
    }),
  );
}

export function resolveHostName(reference: Input<HostReference>): Output<string> {
  return output(reference).apply((host) => host.name);
}

/** The host of a colo, with what its units need of it. */
export function hostOf(reference: Input<ColoReference>): Output<HostReference> {
  return output(reference).apply((colo) => output(colo.host));
}

export function resolveAddress(reference: Input<AddressReference>): Output<ExtrudedAddressFacts> {
  return output(reference).apply(({ unit, address, coloUnit }) => output({ unit, address, colo: coloUnit }));
}

export function resolveUplink(reference: Input<UplinkReference>): Output<UplinkFacts> {
  return output(reference).apply((uplink) =>
    output({
      unit: uplink.unit,
      name: uplink.name,
      colo: uplink.coloUnit,
      router: uplink.routerName,
      interface: uplink.interface,
      address: uplink.address,
      gateway: uplink.gateway,
      tunnelMtu: uplink.tunnelMtu,
    }),
  );
}

/** The unit that a component of this program owns. */
export function unitName(kind: UnitKind, name: string): UnitName {
  return { organization: getOrganization(), project: getProject(), stack: getStack(), kind, name };
}

/** Values alone give Pulumi no order: a reference that is a component of this program has to exist first. */
export function componentsAmong(references: readonly unknown[]): Resource[] {
  return references.filter((reference) => Resource.isInstance(reference));
}
