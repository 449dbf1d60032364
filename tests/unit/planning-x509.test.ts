import { createPrivateKey } from "node:crypto";
import { judgeX509, keyInBase64, type X509End, type X509Ends } from "../../planning/x509";
import { planUplink } from "../../planning/uplink";
import { judgeKeys } from "../../planning/tunnel-keys";
import { makeCertificate, makeEnds, rsa } from "./certificates";
import { complaints, planOf, uplinkArguments } from "./fixtures";

const { authorities, ...ends } = makeEnds();
const now = new Date();

type Over = { readonly colo?: Partial<X509End>; readonly router?: Partial<X509End> };
const changed = ({ colo, router }: Over): X509Ends => ({
  colo: { ...ends.colo, ...colo },
  router: { ...ends.router, ...router },
});
const problems = (over: Over, at = now): string[] =>
  judgeX509(changed(over), at).problems.map(({ code, argument, text }) => `${code} ${argument}: ${text}`);

test("certificates that each other's authority has signed are known by their first names", () => {
  const { problems: none, ends: found } = judgeX509(ends, now);
  expect(none).toEqual([]);
  expect(found).toMatchObject({ colo: { identity: "rack.example.net" }, site: { identity: "dsl.example.net" } });
  expect(found?.colo.certificate).toBe(ends.colo.certificate);
  expect(found?.site.trustedCa).toBe(authorities.colo.certificate);
  expect(found?.site.fingerprint).toMatch(/^[0-9a-f]{64}$/);
});

test("an end may be known by another name of its certificate's", () => {
  const found = judgeX509(changed({ router: { identity: "also.dsl.example.net" } }), now);
  expect(found.ends?.site.identity).toBe("also.dsl.example.net");
});

test("what is wrong is said all at once, each by its argument, and no key is quoted", () => {
  const said = problems({
    colo: { certificate: "SECRET", privateKey: "SECRET", trustedCa: "SECRET" },
    router: { privateKey: ends.colo.privateKey, identity: "x" },
  });
  expect(said).toEqual([
    "certificate-malformed x509.colo.certificate: is not one certificate in PEM.",
    "certificate-malformed x509.colo.trustedCa: is not one certificate in PEM.",
    "certificate-key-malformed x509.colo.privateKey: is not a private key in PEM without a passphrase.",
    'certificate-without-identity x509.router.identity: "x" is not among the certificate\'s DNS names (dsl.example.net, also.dsl.example.net).',
    "certificate-key-differs x509.router.privateKey: does not belong to the certificate beside it.",
  ]);
});

test.each([
  ["a chain", `${ends.colo.certificate}${authorities.colo.certificate}`],
  ["a key", ends.colo.privateKey],
  ["one that is cut off", ends.colo.certificate.slice(0, 400)],
])("%s is not one certificate", (_, certificate) => {
  expect(problems({ colo: { certificate } })).toEqual([
    "certificate-malformed x509.colo.certificate: is not one certificate in PEM.",
  ]);
});

test("a key with a passphrase could not be used by a host", () => {
  const privateKey = createPrivateKey(ends.colo.privateKey)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString();
  expect(problems({ colo: { privateKey } })).toEqual([
    "certificate-key-malformed x509.colo.privateKey: is not a private key in PEM without a passphrase.",
  ]);
});

test("what is no longer valid, or not yet, is refused with the date, authorities too", () => {
  const each = ["colo.certificate", "colo.trustedCa", "router.certificate", "router.trustedCa"];
  const refused = (why: string): string[] => each.map((argument) => `certificate-not-valid x509.${argument}: ${why}`);
  expect(problems({}, new Date("2120-01-02"))).toEqual(refused("was valid until 2120-01-01T00:00:00.000Z."));
  expect(problems({}, new Date("2019-12-31"))).toEqual(refused("is valid from 2020-01-01T00:00:00.000Z on."));
});

test("only keys that charon of Debian's base packages can use, and that are strong, will do", () => {
  const names = ["dsl.example.net"];
  const by = authorities.router;
  const weak = makeCertificate("dsl", { names, by, key: rsa(1024) });
  expect(problems({ router: weak })).toEqual([
    "certificate-key-unfit x509.router.certificate: has an RSA key of 1024 bits.",
  ]);
  const curved = makeCertificate("dsl", { names, by, key: ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"] });
  expect(problems({ router: curved })).toEqual([
    'certificate-key-unfit x509.router.certificate: has a key of the kind "ec".',
  ]);
});

test("a certificate without a DNS name has none to be known by, and a wildcard is none", () => {
  for (const names of [[], ["*.example.net"]]) {
    expect(problems({ router: makeCertificate("dsl", { names, by: authorities.router }) })).toEqual([
      "certificate-without-identity x509.router.certificate: has no DNS name (subjectAltName).",
    ]);
  }
});

test("a certificate has to be from the authority that the other end trusts, also where another has the same name", () => {
  const impostor = makeCertificate("site CA");
  expect(problems({ colo: { trustedCa: impostor.certificate } })).toEqual([
    "certificate-untrusted x509.router.certificate: is not from the authority that the other end trusts (x509.colo.trustedCa).",
  ]);
  expect(problems({ colo: { trustedCa: ends.router.certificate } })).toEqual([
    "certificate-untrusted x509.colo.trustedCa: is not the certificate of an authority (CA: TRUE).",
    "certificate-untrusted x509.router.certificate: is not from the authority that the other end trusts (x509.colo.trustedCa).",
  ]);
});

test("the two ends do not share a certificate", () => {
  const trustedCa = authorities.colo.certificate;
  const both = { ...ends.colo, trustedCa };
  expect(problems({ colo: both, router: both })).toEqual([
    "key-shared x509.router.certificate: is that of the colo too.",
  ]);
});

test("a key reaches the agent in one line, whatever form it was given in", () => {
  const key = createPrivateKey(ends.colo.privateKey);
  const pkcs1 = key.export({ type: "pkcs1", format: "pem" }).toString();
  expect(keyInBase64(ends.colo.privateKey)).toBe(keyInBase64(pkcs1));
  expect(pkcs1.replaceAll(/-----.*-----|\n/g, "")).toBe(keyInBase64(pkcs1));
});

describe("an uplink", () => {
  const x509 = judgeX509(ends, now);

  test("with IPsec has the certificates' names for its identities", () => {
    for (const encapsulation of ["ipsec", "gre-ipsec"]) {
      expect(planOf(planUplink(uplinkArguments({ encapsulation, x509 }))).transport).toMatchObject({
        identities: { colo: "rack.example.net", site: "dsl.example.net" },
        certified: x509.ends,
      });
    }
  });

  test("of another encapsulation has no use for them, nor has one with certificates for a shared key", () => {
    for (const encapsulation of ["gre", "wireguard"]) {
      expect(complaints(planUplink(uplinkArguments({ encapsulation, x509 })))).toEqual(["argument-unused x509"]);
    }
    const keys = judgeKeys({ preSharedKey: Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString("base64") });
    expect(complaints(planUplink(uplinkArguments({ encapsulation: "ipsec", x509, keys })))).toEqual([
      "argument-unused preSharedKey",
    ]);
  });
});
