import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { X509End, X509Ends } from "../../planning/x509";
import { run, tool } from "./tools";

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateOptions {
  /** DNS names; none makes a certificate without. */
  readonly names?: readonly string[];
  /** Who signs it; without, it is an authority's own. */
  readonly by?: Pair;
  /** As openssl-genpkey(1) has it, with its options. */
  readonly key?: readonly string[];
  /** The year until whose first day it is valid. */
  readonly until?: number;
}

/** What openssl-ca(1) wants to be told, with what is in the certificate. */
const configuration = (folder: string, extensions: readonly string[]): string =>
  [
    "[ca]",
    "default_ca = here",
    "[here]",
    `database = ${folder}/index`,
    `new_certs_dir = ${folder}`,
    "default_md = sha256",
    "rand_serial = yes",
    "policy = any",
    "x509_extensions = extensions",
    "[any]",
    "commonName = supplied",
    "[extensions]",
    ...extensions,
    "",
  ].join("\n");

/** Certificates as people make them, by openssl. */
export function makeCertificate(
  subject: string,
  { names = [], by, key = rsa(2048), until = 2120 }: CertificateOptions = {},
): Pair {
  const folder = mkdtempSync(join(tmpdir(), "extrude-x509-"));
  const file = (name: string): string => join(folder, name);
  const openssl = (...words: string[]): void => {
    const { status, stderr } = run([tool("openssl"), ...words], "");
    if (status !== 0) throw new Error(stderr);
  };
  try {
    const extensions = [
      `basicConstraints = critical, CA:${by === undefined ? "TRUE" : "FALSE"}`,
      ...(names.length === 0 ? [] : [`subjectAltName = ${names.map((name) => `DNS:${name}`).join(", ")}`]),
    ];
    writeFileSync(file("config"), configuration(folder, extensions));
    writeFileSync(file("index"), "");
    openssl("genpkey", "-algorithm", ...key, "-out", file("key"));
    openssl("req", "-new", "-key", file("key"), "-subj", `/CN=${subject}`, "-out", file("request"));
    writeFileSync(file("ca"), by?.certificate ?? "");
    writeFileSync(file("ca.key"), by?.privateKey ?? "");
    openssl(
      ...["ca", "-batch", "-notext", "-config", file("config"), "-in", file("request")],
      ...["-out", file("crt"), "-startdate", "20200101000000Z", "-enddate", `${until}0101000000Z`],
      ...(by === undefined
        ? ["-selfsign", "-keyfile", file("key")]
        : ["-cert", file("ca"), "-keyfile", file("ca.key")]),
    );
    return { certificate: readFileSync(file("crt"), "utf8"), privateKey: readFileSync(file("key"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function rsa(bits: number): string[] {
  return ["RSA", "-pkeyopt", `rsa_keygen_bits:${bits}`];
}

/** What both ends of a tunnel have, each from an authority of its own. */
export function makeEnds(): X509Ends & { readonly authorities: { readonly colo: Pair; readonly router: Pair } } {
  const authorities = { colo: makeCertificate("rack CA"), router: makeCertificate("site CA") };
  const end = (own: "colo" | "router", other: "colo" | "router", name: string): X509End => ({
    ...makeCertificate(name, { names: [name, `also.${name}`], by: authorities[own] }),
    trustedCa: authorities[other].certificate,
  });
  return {
    authorities,
    colo: end("colo", "router", "rack.example.net"),
    router: end("router", "colo", "dsl.example.net"),
  };
}
