import type { GreIpsecTransport, Ike, IpsecTransport } from "../planning/ipsec";
import { sealMarks } from "../planning/names";
import { ikePort } from "../planning/numbers";
import type { UplinkPlan } from "../planning/uplink";
import { masked } from "./marks";
import type { Sections } from "./unit";

export type IpsecPlan = UplinkPlan & { readonly transport: GreIpsecTransport | IpsecTransport };

/** One charon at a colo serves all tunnels; each tunnel has one of its own at its router, which keeps to the line. */
export const coloCharon = "colo";

/** For IKE, whose algorithms charon has without further packages; and for ESP, the kernel's. With forward secrecy. */
const proposals = { ike: "aes256-sha256-modp3072", esp: "aes128gcm16-modp3072" } as const;

/** Lines of the agent's [charon] section; connection, key and certificates for swanctl. */
export function ipsecAtColo(plan: IpsecPlan): Pick<Sections, "charon" | "swanctl" | "x509"> {
  const { tunnel, transport, colo } = plan;
  return {
    charon: [`${coloCharon} ${tunnel} ${transport.id} port ${ikePort}`],
    swanctl: connection(plan, "colo", [
      `local_addrs = ${colo.address}`,
      ...(transport.siteAddress === undefined ? [] : [`remote_addrs = ${transport.siteAddress}`]),
      // Only the site begins. A dead line is BFD's to notice; this forgets sites that never come back.
      "dpd_delay = 60s",
    ]),
    x509: credentials(plan, "colo"),
  };
}

export function ipsecAtSite(plan: IpsecPlan): Pick<Sections, "charon" | "swanctl" | "x509"> {
  const { tunnel, transport, colo } = plan;
  return {
    charon: [
      `${tunnel} ${tunnel} ${transport.id} port ${transport.sitePort} interface ${plan.interface} mark ${masked(transport.mark)}`,
    ],
    swanctl: connection(plan, "site", [
      ...(transport.siteAddress === undefined ? [] : [`local_addrs = ${transport.siteAddress}`]),
      `remote_addrs = ${colo.address}`,
      `remote_port = ${ikePort}`,
      // "auto" is the agent's word: it knows whether ESP has been found to pass.
      `encap = ${transport.udpEncapsulation === "always" ? "yes" : "auto"}`,
      "keyingtries = 0",
      // Asked only while nothing arrives, which BFD does all the time: a colo that has forgotten is found soon.
      "dpd_delay = 5s",
    ]),
    x509: credentials(plan, "site"),
  };
}

function connection(plan: IpsecPlan, end: "colo" | "site", own: readonly string[]): string[] {
  const { tunnel, transport } = plan;
  const other = end === "colo" ? "site" : "colo";
  return [
    ...section("connections", [
      ...section(tunnel, [
        "version = 2",
        // A line's tunnel stays on its line.
        "mobike = no",
        `proposals = ${proposals.ike}`,
        "rekey_time = 4h",
        // Tunnels of two versions of the keys may have certificates of the same names.
        `unique = ${transport.certified === undefined ? "replace" : "never"}`,
        ...own,
        ...section("local", [...proof(plan, end, false), `id = ${identity(transport, end)}`]),
        ...section("remote", [...proof(plan, other, true), `id = ${identity(transport, other)}`]),
        ...section("children", section(tunnel, child(plan, end))),
      ]),
    ]),
    ...(transport.certified === undefined
      ? section("secrets", [
          ...section(`ike-${tunnel}`, [
            `id-colo = ${identity(transport, "colo")}`,
            `id-site = ${identity(transport, "site")}`,
            `secret = 0ssecret:${tunnel}`,
          ]),
        ])
      : []),
  ];
}

/** What an end proves who it is with. */
function proof({ tunnel, transport }: IpsecPlan, end: "colo" | "site", isOther: boolean): string[] {
  if (transport.certified === undefined) return ["auth = psk"];
  return ["auth = pubkey", `certs = ${tunnel}.${end}.pem`, ...(isOther ? [`cacerts = ${tunnel}.pem`] : [])];
}

/** Files for swanctl's folders: certificates of both ends, this end's key, and the authority that it trusts. */
function credentials({ tunnel, transport: { certified } }: IpsecPlan, end: "colo" | "site"): string[] {
  if (certified === undefined) return [];
  return [
    ...file(`x509/${tunnel}.colo.pem`, certified.colo.certificate),
    ...file(`x509/${tunnel}.site.pem`, certified.site.certificate),
    ...file(`x509ca/${tunnel}.pem`, certified[end].trustedCa),
    `private/${tunnel}.pem`,
    "-----BEGIN RSA PRIVATE KEY-----",
    `secret:${tunnel}`,
    "-----END RSA PRIVATE KEY-----",
  ];
}

function file(name: string, text: string): string[] {
  return [name, ...text.trimEnd().split("\n")];
}

function child({ transport }: IpsecPlan, end: "colo" | "site"): string[] {
  return [
    ...(transport.encapsulation === "ipsec" ? tunnelMode(transport) : transportMode(transport)),
    `esp_proposals = ${proposals.esp}`,
    "rekey_time = 1h",
    `reqid = ${transport.id}`,
    // What a reordering of 20 ms and more takes at full speed.
    "replay_window = 1024",
    ...(end === "colo"
      ? []
      : [
          ...(transport.encapsulation === "ipsec" ? [`set_mark_out = ${masked(transport.mark)}`] : []),
          // At once, and whenever something is to be sent and cannot be.
          "start_action = trap|start",
          "dpd_action = restart",
        ]),
  ];
}

/** Everything may travel inside: the colo checks sources by nftables, for all encapsulations alike. */
function tunnelMode({ id }: IpsecTransport): string[] {
  const anything = "0.0.0.0/0,::/0";
  return [
    "mode = tunnel",
    `local_ts = ${anything}`,
    `remote_ts = ${anything}`,
    `if_id_in = ${id}`,
    `if_id_out = ${id}`,
  ];
}

function transportMode({ generation }: GreIpsecTransport): string[] {
  const mark = masked(sealMarks[generation]);
  return [
    "mode = transport",
    "local_ts = dynamic[gre]",
    "remote_ts = dynamic[gre]",
    // Of two tunnels between the same addresses, each has its own policies.
    `mark_in = ${mark}`,
    `mark_out = ${mark}`,
    `set_mark_in = ${mark}`,
  ];
}

function identity({ identities }: Ike, end: "colo" | "site"): string {
  return `fqdn:${identities[end]}`;
}

function section(name: string, lines: readonly string[]): string[] {
  return [`${name} {`, ...lines.map((line) => `	${line}`), "}"];
}
