import { type Input, Output, output, Resource, type Unwrap } from "@pulumi/pulumi";
import type { ExtrudedAddressFacts } from "../planning/address";
import type { Colo } from "../planning/colo";
import type { ColoIPv6 } from "../planning/colo-ipv6";
import type { UplinkFacts } from "../planning/uplink";
import type { AddressReference, ColoIPv6Args, ColoReference, HostReference, UplinkReference } from "./references";

/** A reference's fields: only these, since a component carries secrets and functions besides. */
export function resolveColo(reference: Input<ColoReference>): Output<Colo> {
  return output({
    unit: field(reference, "unit"),
    host: field(hostOf(reference), "name"),
    address: field(reference, "address"),
    prefix: field(reference, "prefix"),
    interface: field(reference, "interface"),
    gateway: field(reference, "gateway"),
    ipv6: field(reference, "ipv6").apply(resolveColoIPv6),
    networks: field(reference, "networks"),
    customer: field(reference, "customer"),
    problems: field(reference, "problems"),
  });
}

export function resolveColoIPv6(given: Input<ColoIPv6Args | undefined>): Output<ColoIPv6 | undefined> {
  return output(given).apply((ipv6) => {
    if (ipv6 === undefined) return output(undefined);
    const { address, prefix, gateway, routed } = ipv6;
    return output({ address, prefix, gateway, routed });
  });
}

export function resolveHostName(reference: Input<HostReference>): Output<string> {
  return field(reference, "name");
}

/** The host of a colo, with what its units need of it. */
export function hostOf(reference: Input<ColoReference>): Input<HostReference> {
  return isAtHand(reference) ? reference.host : output(reference).apply((colo) => output(colo.host));
}

/**
 * One field of a reference. An object that is at hand is not made an output as a whole, because then everything in it
 * would be as secret as its connection.
 */
export function field<Reference extends object, Key extends keyof Reference>(
  reference: Input<Reference>,
  key: Key,
): Output<Unwrap<Reference[Key]>> {
  return isAtHand(reference) ? output(reference[key]) : output(reference).apply((found) => output(found[key as never]));
}

function isAtHand<Reference extends object>(reference: Input<Reference>): reference is Reference {
  return !Output.isInstance(reference) && !(reference instanceof Promise);
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
      rate: uplink.rate,
      shape: uplink.shape,
    }),
  );
}

/**
 * Values alone give Pulumi no order: a reference that is a component of this program has to exist first, also where it is
 * the output of another component.
 */
export function componentsAmong(references: readonly Input<object>[]): Dependency[] {
  return references.flatMap((reference): Dependency[] => {
    if (Resource.isInstance(reference)) return [reference];
    return isAtHand(reference) ? [] : [(output(reference) as Output<unknown>).apply(resourceIn)];
  });
}

function resourceIn(found: unknown): Resource[] {
  return Resource.isInstance(found) ? [found] : [];
}

/** A resource, or what may turn out to be one. */
export type Dependency = Resource | Output<Resource[]>;

/** Dependencies as an option of a resource's. Those that are known to be resources stay at hand. */
export function dependencies(found: readonly Dependency[]): Input<Input<Resource>[]> {
  const [resources, later] = [
    found.filter((one) => Resource.isInstance(one)),
    found.filter((one) => Output.isInstance(one)),
  ];
  return later.length === 0 ? resources : output(later).apply((lists) => [...resources, ...lists.flat()]);
}
