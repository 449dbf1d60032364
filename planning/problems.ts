/**
 * Everything that extrude can refuse, as data: one entry per kind of mistake, with the remedy.
 * `docs/errors.md` has a section per code, and a test triggers each.
 */
export const catalogue = {
  "address-invalid": "Write an address that a machine can have, for example 77.1.2.3 or 2001:db8:77::3.",
  "prefix-invalid": "Write a prefix whose host bits are zero, for example 77.1.2.0/24 or 2001:db8:77:100::/56.",
  "address-outside-prefix":
    'Choose an address of the prefix, correct `prefix`, or set acquire: "routed" if the provider routes the address to the colo (IPv6: name what it routes there, in the colo\'s `ipv6.routed`).',
  "address-is-colo": "Choose another address: this one is the colo's own.",
  "address-is-gateway": "Choose another address: this one is the gateway's.",
  "address-is-network": "Choose another address: this one names the network itself.",
  "address-is-broadcast": "Choose another address: this one is the network's broadcast address.",
  "acquisition-unfit":
    'Leave `acquire` out: the default is "proxy-arp" for an IPv4 address, "proxy-ndp" for an IPv6 address, "routed" for a prefix.',
  "colo-without-ipv6": "Give the colo `ipv6`, with its own address on the IPv6 network.",
  "address-of-other-colo": "Give the bond the colo that extrudes the address.",
  "gateway-outside-prefix": "Give the gateway that is on the colo's own network, or correct `prefix`.",
  "interface-invalid":
    "Give a Linux interface name: 1 to 15 letters, digits, dots, dashes and underscores, not `all` or `default`.",
  "name-invalid":
    "Use 1 to 64 letters, digits, dots, dashes and underscores, the first of them a letter or digit: the name becomes part of file names on the host.",
  "unit-name-ambiguous":
    "Give unitName the name that `extrudectl status` on the host shows, or leave out the aliases from before that.",
  "unit-name-taken": "Give one of the two another unitName.",
  "weight-invalid": "Give a whole number from 1 to 256, the kernel's range for the weight of a next hop.",
  "rate-invalid": "Give Mbit/s, more than 0.",
  "shape-without-rate": "Give `rate` in at least one direction, or leave `shape` out.",
  "tier-without-member": "Leave at least one line without `drain` for each direction.",
  "balance-too-many-lines": 'Give some of the lines a higher metric, up to four the lowest, or balance: "flow".',
  "packet-without-rates": 'Give each line `rate` in both directions, or balance: "flow".',
  "metric-invalid": "Give a whole number from 0 to 15; the lowest is used first.",
  "mtu-invalid":
    "Give the line's own MTU in bytes, a whole number up to 9000. The tunnel inside needs 1280, since BFD is IPv6.",
  "detection-invalid": "Give an interval of 50 to 10000 milliseconds and a multiplier of 2 to 20.",
  "hold-invalid": "Give a whole number of seconds from 1 to 3600.",
  "damping-invalid": "Give whole numbers of seconds from 0 to 3600, `most` no less than `first`.",
  "quality-invalid":
    "Give `loss` and `returnLoss` in percent, from 99 to 0, `latency` and `returnLatency` in milliseconds up to 10000, and less for the return.",
  "choice-invalid": "Give one of the values listed.",
  "reference-invalid":
    "Pass the component itself, or its outputs unchanged; the name of a unit is ORGANIZATION/PROJECT/STACK/kind/name.",
  "contract-missing":
    "Export it there with exportColo(colo), run `pulumi up` on that stack, and give coloFrom the name of that output.",
  "contract-invalid":
    "Export it with exportColo(colo), in the stack that the colo belongs to, and change nothing in it.",
  "contract-version":
    "Use the same release of pulumi-extrude in both programs: update the older one, and run `pulumi up` on the colo's stack first.",
  "customer-name-invalid": "Use 1 to 23 lower-case letters, digits and dashes, the first of them a letter.",
  "customer-key-invalid":
    "Give the line of a file such as id_ed25519.pub: the key's type, the key in base64, a comment.",
  "customer-stack-invalid":
    "Give ORGANIZATION, ORGANIZATION/PROJECT or ORGANIZATION/PROJECT/STACK, as Pulumi has them.",
  "customer-stacks-overlap": "Give each customer stacks of its own, none of them the colo's.",
  "customer-prefixes-overlap": "Give each customer addresses of its own.",
  "customer-limit-invalid": "Give a whole number from 1 to 100000.",
  "customer-unknown": "Give the name of one of the colo's `customers`.",
  "customer-login-other":
    "Leave connection.user out, or have the colo's stack export the contract of the other customer.",
  "address-of-other-customer": "Choose an address that is yours, or ask whoever owns the colo for this one.",
  "unit-of-other-customer":
    "Use a stack that is yours, or ask whoever owns the colo to add this one to the customer's `stacks`.",
  "bond-without-uplink": "Give at least one uplink.",
  "bond-without-address": "Give at least one extruded address.",
  "bond-duplicate-line":
    "Two uplinks of one bond need different lines: give each its own interface, or its own address.",
  "delivery-of-other-address": "Give an address of the site's own `addresses`.",
  "delivery-unfit":
    'Leave it out or add it: "nat" takes `forwards`, "routed" needs `interface` and takes `to`, "one-to-one" needs `to`.',
  "delivery-to-itself": "Give the private address of a host of the LAN.",
  "delivery-to-same": "Map each host of the LAN to one address.",
  "network-not-private": "Give a network within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
  "network-not-given": "Name it in the colo's `networks`, under the owner whose sites shall reach each other.",
  "network-overlaps": "Give each network once, and no two owners the same.",
  "forward-overlaps": "Forward each port of an address once.",
  "interface-is-line": "Give an interface of the LAN.",
  "ports-invalid": 'Give a port from 1 to 65535, or a range with its lower end first, such as "8000-8010".',
  "traffic-without-ports": 'Give protocol: "tcp" or "udp" with `ports`, and two rules for both.',
  "dscp-invalid": "Give a whole number from 0 to 63; 46 is expedited forwarding (EF), for telephony.",
  "mark-invalid":
    'Give VALUE/MASK as iptables writes it, for example "0x100/0x100", with a mask within 0x00ffff00: the other bits are extrude\'s.',
  "list-empty": "Leave it out, or name at least one.",
  "policy-contradiction": "Leave it out, or put it before the other and give it less traffic.",
  "bypass-via-unknown": "Name uplinks that the bond has.",
  "bypass-shared-interface": "Give each line an interface of its own, or leave `bypass` out.",
  "duplicate-name": "Give each a name of its own.",
  "duplicate-address": "Name each address once.",
  "uplink-of-other-colo": "Give the bond the colo that the uplink's tunnel ends at.",
  "uplink-of-other-router": "Give the bond the router that the uplink is plugged into.",
  "encapsulation-unfit": 'Give encapsulation: "ipsec" or "wireguard", which work from any address and through NAT.',
  "argument-unused": "Leave it out, or give what uses it: another encapsulation, or `shape`.",
  "tunnel-port-invalid":
    "Give a UDP port that nothing else uses at either end, a whole number from 1 to 65534; even versions of the keys use the next.",
  "key-malformed": "Give what `wg genkey` prints: 32 bytes in base64.",
  "psk-malformed":
    "Give what `openssl rand -base64 32` prints, or leave it out: extrude makes keys of 32 random bytes.",
  "key-weak":
    "Give what `wg genkey` or `openssl rand -base64 32` prints, or leave it out: extrude makes keys of 32 random bytes.",
  "key-shared": "Give each end a key of its own, or leave both out.",
  "certificate-malformed": "Give the text of one certificate, from -----BEGIN CERTIFICATE----- on.",
  "certificate-key-malformed": "Give the text of the certificate's own key, as `openssl genpkey` writes it.",
  "certificate-key-differs": "Give the private key for which the certificate was made.",
  "certificate-key-unfit":
    "Give a certificate with an RSA key of 2048 bits or more; 3072 are as good as all else here.",
  "certificate-not-valid": "Give one that is valid now, or set this machine's clock.",
  "certificate-without-identity":
    "Have the name put into the certificate, as one of its DNS names (subjectAltName), or give `identity` another of them.",
  "certificate-untrusted":
    "Give the certificate of the authority that has signed the other end's certificate itself, with none in between.",
  "key-version-invalid": "Give a whole number from 1 to 9999, another one than before to have new keys.",
  "tunnel-to-itself": "Give the uplink's own address at the site, not the colo's.",
  "host-key-missing":
    "Give connection.hostKey, the line that `ssh-keyscan HOST` prints once you have compared it with the host's own, or set connection.verifyHostKey: false to accept any machine that answers.",
  "credential-missing": "Give connection.privateKey, connection.agentSocketPath or connection.password.",
  "host-invalid": "Give a host name or an IP address.",
  "port-invalid": "Give a TCP port, a whole number from 1 to 65535.",
  "user-invalid": "Give a Unix login name.",
  "metrics-directory-invalid":
    "Give the path of a directory from the root on, of letters, digits, dots, dashes and underscores, or true for that of Debian's prometheus-node-exporter.",
} as const;

export type ProblemCode = keyof typeof catalogue;

/** One thing that is wrong with the arguments of one component. */
export interface Problem {
  /** The heading of docs/errors.md under which it is explained: a ProblemCode, unless a stack of another release found it. */
  readonly code: string;
  /** The argument as the user wrote it, for example `uplinks[1].weight`. */
  readonly argument: string;
  /** What is wrong, with the offending value. */
  readonly text: string;
}

export function problem(code: ProblemCode, argument: string, text: string): Problem {
  return { code, argument, text };
}

/** A problem as a sentence: what is wrong, with which argument, and what to do. */
export function describeProblem(component: string, found: Problem): string {
  return `${component}: ${found.argument}: ${explain(found)}`;
}

/** What is wrong, what to do, and where the documentation says more: as Markdown has a link. */
export function explain({ code, text }: Pick<Problem, "code" | "text">): string {
  const remedies: Readonly<Record<string, string>> = catalogue;
  return [text, remedies[code], anchor(code)].filter(Boolean).join(" ");
}

/** The place of a code's section in the documentation. */
export function anchor(code: string): string {
  return `[${code}](docs/errors.md#${code})`;
}

/** A value of the user's in a sentence: quoted as JSON, so that control characters are visible, and never long. */
export function quoteValue(value: unknown): string {
  // JSON has no text for undefined, and calls NaN and Infinity null.
  const text = value === undefined || typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
