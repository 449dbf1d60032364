import { createHash } from "node:crypto";
import type { X509EndArgs } from "../../library";
import { makeCertificate, makeEnds, rsa } from "./certificates";
import { type Mistake, type Mistakes, uplink } from "./mistakes-fixture";

const weakKey = `${"A".repeat(43)}=`;
const goodKey = createHash("sha256").update("both").digest("base64");

const pki = makeEnds();
const weak = makeCertificate("dsl", { names: ["dsl.example.net"], by: pki.authorities.router, key: rsa(1024) });
const expired = makeCertificate("rack", { names: ["rack.example.net"], by: pki.authorities.colo, until: 2021 });

/** Certificates of both ends without a mistake, but for what is said here. */
function certified(
  argument: string,
  value: string | undefined,
  over: { readonly colo?: Partial<X509EndArgs>; readonly router?: Partial<X509EndArgs> },
): Mistake {
  const x509 = { colo: { ...pki.colo, ...over.colo }, router: { ...pki.router, ...over.router } };
  return uplink(`x509.${argument}`, value, { encapsulation: "ipsec", x509 });
}

export const keyMistakes = {
  "key-malformed": uplink("coloPrivateKey", undefined, { encapsulation: "wireguard", coloPrivateKey: "secret" }),
  "psk-malformed": uplink("preSharedKey", undefined, { encapsulation: "ipsec", preSharedKey: "secret" }),
  "key-weak": uplink("routerPrivateKey", undefined, { encapsulation: "wireguard", routerPrivateKey: weakKey }),
  "key-shared": uplink("routerPrivateKey", undefined, {
    ...{ encapsulation: "wireguard", coloPrivateKey: goodKey, routerPrivateKey: goodKey },
  }),
  "key-version-invalid": uplink("keyVersion", "0", { encapsulation: "wireguard", keyVersion: 0 }),
  "certificate-malformed": certified("colo.certificate", undefined, { colo: { certificate: "none" } }),
  "certificate-key-malformed": certified("colo.privateKey", undefined, { colo: { privateKey: "none" } }),
  "certificate-key-differs": certified("router.privateKey", undefined, {
    router: { privateKey: pki.colo.privateKey },
  }),
  "certificate-key-unfit": certified("router.certificate", "1024", { router: weak }),
  "certificate-not-valid": certified("colo.certificate", "2021-01-01", { colo: expired }),
  "certificate-without-identity": certified("colo.identity", "another.example.net", {
    colo: { identity: "another.example.net" },
  }),
  "certificate-untrusted": certified("colo.certificate", undefined, {
    router: { trustedCa: pki.authorities.router.certificate },
  }),
} satisfies Mistakes;
