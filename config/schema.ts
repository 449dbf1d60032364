import { z } from "zod";
import { acquisitions } from "../planning/address";
import { balances } from "../planning/balance";
import { whenDownChoices } from "../planning/when-down";
import { deliveries } from "../planning/delivery";
import { lineKinds } from "../planning/detection";
import { encapsulations } from "../planning/encapsulation";
import { udpEncapsulationChoices } from "../planning/ipsec";
import { portProtocols } from "../planning/ports";
import { framingNames } from "../planning/shaping";
import { directions } from "../planning/shares";
import { trafficProtocols } from "../planning/traffic";

/**
 * The shape of the stack config: keys, types and choices. Whether an address is one, or a weight in range, is for
 * planning/ to say. The descriptions end up in sentences: "... is missing. Give <description>."
 */
const text = (description: string) => z.string().describe(description);
const whole = (description: string) => z.number().describe(description);
const truth = (description: string) => z.boolean().describe(description);

const colo = text("the name of one of extrude:colos");
const router = text("the name of one of extrude:hosts, the site's router");

const connectionShape = {
  host: text("the machine's address or name").optional(),
  port: whole("the TCP port of its SSH server").optional(),
  user: text("the login name").optional(),
  privateKey: text("the text of a private key, as a secret").optional(),
  privateKeyFile: text("the path of a private key").optional(),
  privateKeyPassword: text("the passphrase of the private key, as a secret").optional(),
  password: text("the password to log in with, as a secret").optional(),
  agent: truth("whether to log in through the SSH agent at SSH_AUTH_SOCK").optional(),
  agentSocketPath: text("the path of an SSH agent's socket").optional(),
  hostKey: text("the machine's public host key, for example ssh-ed25519 AAAA...").optional(),
  hostKeyFile: text("the path of the machine's public host key, or of a known_hosts file").optional(),
  verifyHostKey: truth("whether to check the machine's host key").optional(),
};

const proxy = z.strictObject(connectionShape).describe("the bastion to go through").optional();

/** What a `connectionFile` may hold. */
export const connectionFileSchema = z.strictObject({ ...connectionShape, proxy });

export const hostSchema = z
  .strictObject({
    ...connectionShape,
    proxy,
    connectionFile: text("the path of a JSON file with further keys of the host").optional(),
    installPackages: truth("whether to install missing Debian packages").optional(),
    watch: truth("whether to put back what somebody else takes away").optional(),
    metrics: z
      .union([z.boolean(), z.string()])
      .describe("the directory for a file of metrics, or true for that of Debian's node_exporter")
      .optional(),
  })
  .describe("how a machine is reached");

const customerSchema = z
  .strictObject({
    keys: z.array(text("an SSH public key")).describe("a list of SSH public keys that let the customer in"),
    stacks: z.array(text("a stack of Pulumi's")).describe("a list of organizations, projects or stacks"),
    prefixes: z.array(text("an address or prefix")).describe("a list of addresses and prefixes that it may extrude"),
    networks: z.array(text("a private network")).describe("a list of private networks of its sites").optional(),
    ports: text("UDP ports that its tunnels may have, for example 20000-20099").optional(),
    units: whole("how many units it may have").optional(),
    tunnels: whole("how many tunnels it may have").optional(),
    changesPerMinute: whole("how many changes it may make in a minute").optional(),
  })
  .describe("keys, stacks and prefixes of a customer");

export const coloSchema = z
  .strictObject({
    host: text("the name of one of extrude:hosts, the server on the multihomed network"),
    address: text("the server's own IPv4 address there, where tunnels end"),
    prefix: text("the prefix of the network that the address is in, for example 77.1.2.0/24").optional(),
    interface: text("the interface that holds the address, for example eth0"),
    gateway: text("the network's gateway").optional(),
    ipv6: z
      .strictObject({
        address: text("the server's own IPv6 address"),
        prefix: text("the prefix of the network that the address is in, for example 2001:db8:77::/64").optional(),
        gateway: text("the IPv6 network's gateway").optional(),
        routed: text("what the provider routes to the server, for example 2001:db8:77::/48").optional(),
      })
      .describe("the server's address in the IPv6 internet")
      .optional(),
    networks: z
      .record(z.string(), z.array(text("a private network")).describe("a list of private networks"))
      .describe("a mapping from owners to private networks of their sites")
      .optional(),
    customers: z.record(z.string(), customerSchema).describe("a mapping from names to customers").optional(),
  })
  .describe("host, address and interface of a colo endpoint");

export const addressSchema = z
  .strictObject({
    colo,
    address: text("the public address or prefix to extrude"),
    acquire: z.enum(acquisitions).describe("how the colo comes by the address").optional(),
  })
  .describe("colo and address");

const x509End = (whose: string) =>
  z
    .strictObject({
      certificateFile: text("the path of its certificate"),
      privateKeyFile: text("the path of its certificate's private key"),
      trustedCaFile: text("the path of the certificate of the authority that the other end's is from"),
      identity: text("the DNS name of its certificate's that it is known by").optional(),
    })
    .describe(`certificateFile, privateKeyFile and trustedCaFile of ${whose}`);

export const uplinkSchema = z
  .strictObject({
    colo,
    router,
    interface: text("the line's interface at the router, for example eth1"),
    address: text("the line's own address, or dynamic, or dynamic-ipv6"),
    nat: truth("whether the world sees the line under another address").optional(),
    gateway: text("the provider's gateway").optional(),
    encapsulation: z.enum(encapsulations).describe("how packets travel over the line").optional(),
    port: whole("the first of the tunnel's two UDP ports").optional(),
    udpEncapsulation: z.enum(udpEncapsulationChoices).describe("whether ESP travels in UDP").optional(),
    keyVersion: whole("another number than before to have new keys").optional(),
    mtu: whole("the line's own MTU in bytes").optional(),
    rate: z
      .strictObject({
        up: whole("what the site can send, in Mbit/s").optional(),
        down: whole("what the site can be sent, in Mbit/s").optional(),
      })
      .describe("what the line carries")
      .optional(),
    shape: truth("whether packets wait in short queues instead of the line's own").optional(),
    framing: z.enum(framingNames).describe("what the line adds to each packet").optional(),
    coloPrivateKey: text("the private key of the colo's end, as a secret").optional(),
    routerPrivateKey: text("the private key of the router's end, as a secret").optional(),
    preSharedKey: text("the key that both ends share, as a secret").optional(),
    x509: z
      .strictObject({ colo: x509End("the colo's end"), router: x509End("the router's end") })
      .describe("colo and router, what each end proves who it is with")
      .optional(),
    kind: z.enum(lineKinds).describe("what the line is").optional(),
    metered: truth("whether the line's bytes cost money").optional(),
    detection: z
      .strictObject({
        interval: whole("milliseconds between two liveness packets").optional(),
        multiplier: whole("how many of them have to be missed").optional(),
      })
      .describe("when the line counts as dead")
      .optional(),
  })
  .describe("colo, router, interface and address of a line");

const memberSchema = z
  .strictObject({
    weight: whole("the line's share of new connections, relative to the others").optional(),
    metric: whole("the line's preference, the lowest first").optional(),
    only: z.enum(directions).describe("the one direction in which the line is used").optional(),
    drain: truth("whether the line gets no new connections").optional(),
  })
  .describe("weight and metric of the line; {} for the defaults");

const ports = z.union([z.number(), z.string()]).describe('a port, or a range such as "8000-8010"');

const deliverySchema = z
  .strictObject({
    as: z.enum(deliveries).describe("what is done with the address"),
    interface: text("the LAN's interface that leads to the host").optional(),
    to: text("the private address of a host").optional(),
    forwards: z
      .array(
        z
          .strictObject({
            protocol: z.enum(portProtocols).describe("the protocol"),
            ports,
            to: text("the private address of the host that gets it"),
            toPort: whole("another port there").optional(),
          })
          .describe("protocol, ports and private address"),
      )
      .describe("a list of ports that are passed on")
      .optional(),
  })
  .describe("what the site does with the address");

const trafficShape = {
  protocol: z.enum(trafficProtocols).describe("the protocol").optional(),
  ports: z.array(ports).describe("a list of ports that the packets go to").optional(),
  destinations: z.array(text("a prefix")).describe("a list of prefixes that the packets go to").optional(),
  sources: z.array(text("a prefix")).describe("a list of prefixes that the packets come from").optional(),
  interfaces: z.array(text("an interface of the LAN")).describe("a list of interfaces of the LAN").optional(),
  dscp: whole("the packets' DSCP").optional(),
  mark: text("a mark, VALUE/MASK").optional(),
};
const via = z.array(text("the name of one of the site's uplinks")).describe("a list of the site's uplinks").optional();

export const siteSchema = z
  .strictObject({
    colo,
    router,
    addresses: z.array(text("the name of one of extrude:addresses")).describe("a list of names of extrude:addresses"),
    deliveries: z
      .record(z.string(), deliverySchema)
      .describe("a mapping from names of extrude:addresses to what is done with them")
      .optional(),
    uplinks: z
      .record(z.string(), memberSchema)
      .describe("a mapping from names of extrude:uplinks to weight and metric"),
    bypass: z
      .array(z.strictObject({ ...trafficShape, via }).describe("which packets, and the lines that they leave by"))
      .describe("a list of what leaves directly by a line")
      .optional(),
    block: z
      .array(z.strictObject(trafficShape).describe("which packets"))
      .describe("a list of what never leaves but by a tunnel")
      .optional(),
    networks: z.array(text("a private network")).describe("a list of the site's private networks").optional(),
    balance: z.enum(balances).describe("what is spread over the lines, connections or packets").optional(),
    whenDown: z.enum(whenDownChoices).describe("what the site's traffic does while every tunnel is dead").optional(),
    hold: whole("seconds for which every tunnel has to be dead before whenDown acts").optional(),
    damping: z
      .strictObject({
        first: whole("seconds for which a line that has fallen is not used again").optional(),
        most: whole("seconds at most").optional(),
      })
      .describe("for how long a line that has fallen is not used again")
      .optional(),
    quality: z
      .strictObject({
        loss: whole("percent of pings above which a line is left").optional(),
        returnLoss: whole("percent at or below which it is used again").optional(),
        latency: whole("milliseconds above which a line is left").optional(),
        returnLatency: whole("milliseconds at or below which it is used again").optional(),
      })
      .describe("when a line that is alive is not good enough")
      .optional(),
  })
  .describe("colo, router, addresses and uplinks of a site");

export const stackSchema = z.strictObject({
  hosts: z.record(z.string(), hostSchema).describe("a mapping from names to hosts: the machines to configure"),
  colos: z.record(z.string(), coloSchema).describe("a mapping from names to colo endpoints"),
  addresses: z.record(z.string(), addressSchema).describe("a mapping from names to addresses to extrude"),
  uplinks: z.record(z.string(), uplinkSchema).describe("a mapping from names to lines"),
  sites: z.record(z.string(), siteSchema).describe("a mapping from names to sites"),
});

export type ConnectionEntry = z.infer<typeof connectionFileSchema>;
export type UplinkEntry = z.infer<typeof uplinkSchema>;
export type HostEntry = z.infer<typeof hostSchema>;
/** The stack config as it is written, in the right shape. */
export type StackEntries = z.infer<typeof stackSchema>;
export type Section = keyof StackEntries;

export const sections = Object.keys(stackSchema.shape) as Section[];

/** What never appears in a sentence, and reaches components as a Pulumi secret. */
export const secretKeys: ReadonlySet<string> = new Set([
  ...["privateKey", "privateKeyPassword", "password"],
  ...["coloPrivateKey", "routerPrivateKey", "preSharedKey"],
]);
