import type { Planned } from "../../planning/planned";
import type { ProblemCode } from "../../planning/problems";
import { planUplink } from "../../planning/uplink";
import { judgeX509, type X509End } from "../../planning/x509";
import { makeCertificate, makeEnds, rsa } from "./certificates";
import { uplinkArguments } from "./fixtures";

/** A mistake in the arguments of a component, with the one that has to be named. */
export interface Mistake {
  readonly argument: string;
  readonly make: () => Planned<unknown>;
}

const pki = makeEnds();
const weak = makeCertificate("dsl", { names: ["dsl.example.net"], by: pki.authorities.router, key: rsa(1024) });
const expired = makeCertificate("rack", { names: ["rack.example.net"], by: pki.authorities.colo, until: 2021 });

/** Certificates of both ends without a mistake, but for what is said here. */
function mistake(
  argument: string,
  over: { readonly colo?: Partial<X509End>; readonly router?: Partial<X509End> },
): Mistake {
  const ends = { colo: { ...pki.colo, ...over.colo }, router: { ...pki.router, ...over.router } };
  return {
    argument,
    make: () => planUplink(uplinkArguments({ encapsulation: "ipsec", x509: judgeX509(ends, new Date()) })),
  };
}

export const certificateMistakes = {
  "certificate-malformed": mistake("x509.colo.certificate", { colo: { certificate: "none" } }),
  "certificate-key-malformed": mistake("x509.colo.privateKey", { colo: { privateKey: "none" } }),
  "certificate-key-differs": mistake("x509.router.privateKey", { router: { privateKey: pki.colo.privateKey } }),
  "certificate-key-unfit": mistake("x509.router.certificate", { router: weak }),
  "certificate-not-valid": mistake("x509.colo.certificate", { colo: expired }),
  "certificate-without-identity": mistake("x509.colo.identity", { colo: { identity: "another.example.net" } }),
  "certificate-untrusted": mistake("x509.colo.certificate", {
    router: { trustedCa: pki.authorities.router.certificate },
  }),
} satisfies Partial<Record<ProblemCode, Mistake>>;
