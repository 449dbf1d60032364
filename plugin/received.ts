import { type Input, output, secret, unsecret } from "@pulumi/pulumi";
import type * as extrude from "pulumi-extrude";
import type { ColoReference, HostReference } from "./references";

/**
 * A reference that came out of another component is as secret as the connection in it. The rest of it is no secret, and a
 * preview shall show it.
 */
export function receivedHost(given: Input<HostReference>): extrude.HostReference {
  const all = output(given);
  const facts = unsecret(all);
  return { name: facts.name, user: facts.user, connection: secret(all.connection) };
}

/** The same for a colo, with its host. */
export function receivedColo(given: Input<ColoReference>): extrude.ColoReference {
  const all = output(given);
  const facts = unsecret(all);
  return {
    unit: facts.unit,
    host: receivedHost(all.host),
    address: facts.address,
    prefix: facts.prefix,
    interface: facts.interface,
    gateway: facts.gateway,
    ipv6: facts.ipv6,
    networks: facts.networks,
    customer: facts.customer,
    problems: facts.problems,
  };
}
