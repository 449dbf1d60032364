import { type ComponentResource, type Input, type Output, unsecret } from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random";
import type { Encapsulation } from "../planning/encapsulation";
import { wireguardKeys } from "../planning/wireguard-keys";
import { keyInBase64 } from "../planning/x509";
import type { PublicKeys } from "../rendering/uplink";

/** The secret of each end, and what they tell each other. */
export interface TunnelKeys {
  readonly colo: Output<string>;
  readonly router: Output<string>;
  readonly publicKeys?: Output<PublicKeys>;
}

/** The keys that were given. */
export interface GivenKeys {
  readonly colo: Output<string> | undefined;
  readonly router: Output<string> | undefined;
  readonly shared: Output<string> | undefined;
  /** The private keys of the certificates, in PEM. */
  readonly certified: { readonly colo: Output<string>; readonly router: Output<string> } | undefined;
}

/** Keys that were given, or are made once for each version; both are in the state as secrets. None for plain GRE. */
export function tunnelKeys(
  encapsulation: Encapsulation,
  name: string,
  parent: ComponentResource,
  version: Output<number | undefined>,
  given: GivenKeys,
): TunnelKeys | undefined {
  const keepers = version.apply((known) => ({ keyVersion: String(known ?? 1) }));
  switch (encapsulation) {
    case "wireguard":
      return privateKeys(
        given.colo ?? randomKey(`${name}-colo-key`, parent, keepers),
        given.router ?? randomKey(`${name}-router-key`, parent, keepers),
      );
    case "ipsec":
    case "gre-ipsec": {
      if (given.certified !== undefined) {
        const { colo, router } = given.certified;
        return { colo: colo.apply(keyInBase64), router: router.apply(keyInBase64) };
      }
      const shared = given.shared ?? randomKey(`${name}-key`, parent, keepers);
      return { colo: shared, router: shared };
    }
    default:
      return undefined;
  }
}

function privateKeys(ofColo: Output<string>, ofRouter: Output<string>): TunnelKeys {
  const [colo, router] = [ofColo.apply(wireguardKeys), ofRouter.apply(wireguardKeys)];
  return {
    colo: colo.apply(({ privateKey }) => privateKey),
    router: router.apply(({ privateKey }) => privateKey),
    publicKeys: unsecret(colo.apply((own) => router.apply((site) => ({ colo: own.publicKey, site: site.publicKey })))),
  };
}

function randomKey(name: string, parent: ComponentResource, keepers: Input<Record<string, string>>): Output<string> {
  return new RandomBytes(name, { length: 32, keepers }, { parent }).base64;
}
