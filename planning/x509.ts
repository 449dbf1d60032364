import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { type Problem, problem, quoteValue } from "./problems";

/** What one end proves who it is with, and whom it takes the other's word from: texts in PEM. */
export interface X509End {
  readonly certificate: string;
  readonly privateKey: string;
  /** Of the authority that the other end's certificate has to be from. */
  readonly trustedCa: string;
  /** The name of the certificate's by which the other end knows this one. Default: its first DNS name. */
  readonly identity?: string | undefined;
}

export interface X509Ends {
  readonly colo: X509End;
  readonly router: X509End;
}

/** What hosts are told of an end. */
export interface Certified {
  readonly identity: string;
  readonly certificate: string;
  readonly trustedCa: string;
  /** SHA-256 of the certificate: no two tunnels of a host have one. */
  readonly fingerprint: string;
}

/** What may be said of certificates and their keys without saying a key. */
export interface X509Facts {
  readonly problems: readonly Problem[];
  /** Where there is no problem. */
  readonly ends?: { readonly colo: Certified; readonly site: Certified } | undefined;
}

/** `now` decides what is valid. */
export function judgeX509({ colo, router }: X509Ends, now: Date): X509Facts {
  const [one, other] = [readEnd("x509.colo", colo), readEnd("x509.router", router)];
  const problems = [
    ...checkEnd(one, now),
    ...checkEnd(other, now),
    ...checkTrust(one, other),
    ...checkTrust(other, one),
    ...checkDifferent(one, other),
  ];
  const ends = { colo: certified(one), site: certified(other) };
  return problems.length > 0 || ends.colo === undefined || ends.site === undefined
    ? { problems }
    : { problems, ends: { colo: ends.colo, site: ends.site } };
}

/** The key in base64 (PKCS #1), as the agent gets it; of one that was judged. */
export function keyInBase64(privateKey: string): string {
  return createPrivateKey(privateKey).export({ format: "der", type: "pkcs1" }).toString("base64");
}

/** An end as far as it could be read. */
interface ReadEnd {
  /** The argument that it was given by. */
  readonly argument: string;
  readonly certificate?: X509Certificate | undefined;
  readonly trustedCa?: X509Certificate | undefined;
  readonly privateKey?: KeyObject | undefined;
  readonly names: readonly string[];
  readonly identity?: string | undefined;
}

function readEnd(argument: string, given: X509End): ReadEnd {
  const certificate = readCertificate(given.certificate);
  return {
    argument,
    certificate,
    trustedCa: readCertificate(given.trustedCa),
    privateKey: attempt(() => createPrivateKey(given.privateKey)),
    names: certificate === undefined ? [] : dnsNames(certificate),
    identity: given.identity,
  };
}

function readCertificate(text: string): X509Certificate | undefined {
  const [, ...blocks] = text.split("-----BEGIN CERTIFICATE-----");
  return blocks.length === 1 ? attempt(() => new X509Certificate(text)) : undefined;
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    // What it says may quote the text.
    return undefined;
  }
}

/** Those that need no quoting anywhere; a wildcard is nobody's name. */
function dnsNames({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName
    .split(", ")
    .flatMap((name) => /^DNS:([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/.exec(name)?.[1] ?? []);
}

function checkEnd(end: ReadEnd, now: Date): Problem[] {
  const { argument, certificate, trustedCa, privateKey } = end;
  const notOne = "is not one certificate in PEM.";
  return [
    ...(certificate === undefined
      ? [problem("certificate-malformed", `${argument}.certificate`, notOne)]
      : [...checkCertificate(`${argument}.certificate`, certificate, now), ...checkIdentity(end)]),
    ...(trustedCa === undefined
      ? [problem("certificate-malformed", `${argument}.trustedCa`, notOne)]
      : checkAuthority(`${argument}.trustedCa`, trustedCa, now)),
    ...checkPrivateKey(`${argument}.privateKey`, privateKey, certificate),
  ];
}

/** Of RSA: what is good until 2030 by NIST SP 800-57, part 1, table 4. */
const fewestKeyBits = 2048;

function checkCertificate(argument: string, { publicKey, validFrom, validTo }: X509Certificate, now: Date): Problem[] {
  const { asymmetricKeyType = "unknown", asymmetricKeyDetails } = publicKey;
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  const problems: Problem[] = [];
  if (asymmetricKeyType !== "rsa") {
    problems.push(problem("certificate-key-unfit", argument, `has a key of the kind "${asymmetricKeyType}".`));
  } else if (bits < fewestKeyBits) {
    problems.push(problem("certificate-key-unfit", argument, `has an RSA key of ${bits} bits.`));
  }
  if (now < from) problems.push(problem("certificate-not-valid", argument, `is valid from ${from.toISOString()} on.`));
  if (now > to) problems.push(problem("certificate-not-valid", argument, `was valid until ${to.toISOString()}.`));
  return problems;
}

function checkIdentity({ argument, names, identity }: ReadEnd): Problem[] {
  if (identity === undefined) {
    return names.length > 0
      ? []
      : [problem("certificate-without-identity", `${argument}.certificate`, "has no DNS name (subjectAltName).")];
  }
  if (names.includes(identity)) return [];
  const known = names.length === 0 ? "none" : names.join(", ");
  const text = `${quoteValue(identity)} is not among the certificate's DNS names (${known}).`;
  return [problem("certificate-without-identity", `${argument}.identity`, text)];
}

function checkAuthority(argument: string, authority: X509Certificate, now: Date): Problem[] {
  const problems = checkCertificate(argument, authority, now);
  return authority.ca
    ? problems
    : [...problems, problem("certificate-untrusted", argument, "is not the certificate of an authority (CA: TRUE).")];
}

function checkPrivateKey(argument: string, key: KeyObject | undefined, certificate?: X509Certificate): Problem[] {
  if (key === undefined) {
    return [problem("certificate-key-malformed", argument, "is not a private key in PEM without a passphrase.")];
  }
  return certificate === undefined || certificate.checkPrivateKey(key)
    ? []
    : [problem("certificate-key-differs", argument, "does not belong to the certificate beside it.")];
}

function checkTrust({ argument, certificate }: ReadEnd, other: ReadEnd): Problem[] {
  const { trustedCa } = other;
  if (certificate === undefined || trustedCa === undefined) return [];
  if (certificate.checkIssued(trustedCa) && certificate.verify(trustedCa.publicKey)) return [];
  const text = `is not from the authority that the other end trusts (${other.argument}.trustedCa).`;
  return [problem("certificate-untrusted", `${argument}.certificate`, text)];
}

function checkDifferent(colo: ReadEnd, router: ReadEnd): Problem[] {
  const [one, other] = [colo, router].map(({ certificate }) => certificate?.fingerprint256);
  return one === undefined || one !== other
    ? []
    : [problem("key-shared", `${router.argument}.certificate`, "is that of the colo too.")];
}

function certified({ certificate, trustedCa, names, identity }: ReadEnd): Certified | undefined {
  const name = identity ?? names[0];
  if (certificate === undefined || trustedCa === undefined || name === undefined) return undefined;
  return {
    identity: name,
    certificate: certificate.toString(),
    trustedCa: trustedCa.toString(),
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}
