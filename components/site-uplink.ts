import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  secret,
  unsecret,
} from "@pulumi/pulumi";
import type { LineKind } from "../planning/detection";
import type { Encapsulation } from "../planning/encapsulation";
import { formatUnitName, withKeyVersion } from "../planning/names";
import type { UdpEncapsulation } from "../planning/ipsec";
import { judgeKeys } from "../planning/tunnel-keys";
import type { FramingName } from "../planning/shaping";
import type { Rate } from "../planning/shares";
import { judgeX509 } from "../planning/x509";
import { planUplink, type UplinkPlan } from "../planning/uplink";
import type { Unit } from "../rendering/unit";
import { type PublicKeys, renderUplinkAtColo, renderUplinkAtRouter } from "../rendering/uplink";
import { componentUnit } from "./naming";
import { planOrThrow, sentencesOf } from "./problems";
import type { ColoReference, HostReference, UplinkReference } from "./references";
import { componentsAmong, hostOf, resolveColo, resolveHostName } from "./resolve";
import { tunnelKeys } from "./tunnel-keys";
import { bindUnit } from "./unit";

/**
 * When a line counts as dead: after `interval` times `multiplier`.
 *
 * @example
 * const detection: DetectionArgs = { interval: 100, multiplier: 3 }; // 0.3 s
 */
export interface DetectionArgs {
  /** Milliseconds between two liveness packets (BFD), 50 to 10000. Default: as the line's `kind` has it, 200 for `dsl`. */
  readonly interval?: Input<number | undefined>;
  /** How many of them have to be missed, 2 to 20. Default: as the line's `kind` has it, 3 for `dsl`. */
  readonly multiplier?: Input<number | undefined>;
}

/**
 * What a line carries: numbers in Mbit/s, from 0.001 to 1000000.
 *
 * @example
 * const rate: RateArgs = { up: 10, down: 50 };
 */
export interface RateArgs {
  /** What the site can send, in Mbit/s. Default: unknown. */
  readonly up?: Input<number | undefined>;
  /** What the site can be sent, in Mbit/s. Default: unknown. */
  readonly down?: Input<number | undefined>;
}

/** How one end of a tunnel proves who it is. */
export interface X509EndArgs {
  /** Its certificate in PEM, with an RSA key of 2048 bits or more and a DNS name (subjectAltName); one for each uplink. */
  readonly certificate: Input<string>;
  /** The certificate's private key in PEM, without a passphrase. Secret. */
  readonly privateKey: Input<string>;
  /** The certificate in PEM of the authority that has signed the other end's certificate. */
  readonly trustedCa: Input<string>;
  /** The certificate's DNS name by which the other end knows this one. Default: its first. */
  readonly identity?: Input<string | undefined>;
}

/**
 * The certificates of both ends of a tunnel.
 *
 * @example
 * const x509: X509Args = {
 *   colo: { certificate: rackPem, privateKey: rackKey, trustedCa: siteCaPem },
 *   router: { certificate: dslPem, privateKey: dslKey, trustedCa: rackCaPem },
 * };
 */
export interface X509Args {
  /** What the colo's end shows. */
  readonly colo: X509EndArgs;
  /** What the router's end shows. */
  readonly router: X509EndArgs;
}

/**
 * What the line is, and how packets travel over it.
 *
 * @example
 * const line = { interface: "wwan0", address: "dynamic", kind: "lte", metered: true } as const;
 * const lte = new SiteUplink("lte", { colo, router, encapsulation: "wireguard", ...line });
 */
export interface SiteUplinkArgs {
  /** Where the tunnel ends. */
  readonly colo: Input<ColoReference>;
  /** The site's router, into which the line is plugged. */
  readonly router: Input<HostReference>;
  /** The line's interface at the router. */
  readonly interface: Input<string>;
  /**
   * The line's own address, held by the interface; or `dynamic` where it may change at any time (DHCP, PPPoE), or where
   * the interface itself comes and goes, `dynamic-ipv6` where the line is IPv6. The router follows it by itself.
   */
  readonly address: Input<string>;
  /** Whether the world sees the line under another address than its own. Default false. */
  readonly nat?: Input<boolean | undefined>;
  /**
   * The provider's gateway. Leave it out on point-to-point interfaces such as ppp0, and where it is as dynamic as the
   * address: the router then uses that of the default route which the line's DHCP client or pppd has made.
   */
  readonly gateway?: Input<string | undefined>;
  /**
   * How packets travel over the line. A plain value, since it decides which keys there are. Default `gre`: not encrypted,
   * 24 bytes of overhead, static public addresses only. `gre-ipsec`: the same inside ESP, 62 to 70 bytes. `ipsec`:
   * encrypted, 54 to 62 bytes, any address, through NAT. `wireguard`: encrypted, 60 bytes, any address, through NAT.
   */
  readonly encapsulation?: Encapsulation | undefined;
  /**
   * The first of two UDP ports, at both ends (`wireguard`): keys of odd versions use this one, of even versions the next,
   * since both tunnels are there during a change. Default: one that follows from the names, 10000 to 32767.
   */
  readonly port?: Input<number | undefined>;
  /**
   * Whether ESP travels in UDP (`ipsec`, `gre-ipsec`): `always`, or `auto`: where there is NAT, and where the router finds
   * that ESP does not get through. Default `auto`.
   */
  readonly udpEncapsulation?: Input<UdpEncapsulation | undefined>;
  /**
   * Another number makes another tunnel with new keys, moves the traffic to it, then removes the old one with its keys
   * (all encapsulations but `gre`). Default 1.
   */
  readonly keyVersion?: Input<number | undefined>;
  /**
   * The colo's end's own private key (`wireguard`), as `wg genkey` prints it. Secret. With another key give another
   * `keyVersion` too, so that the change loses nothing. Default: 32 random bytes, made once.
   */
  readonly coloPrivateKey?: Input<string | undefined>;
  /** The router's end's own private key (`wireguard`). Secret. Default: 32 random bytes, made once. */
  readonly routerPrivateKey?: Input<string | undefined>;
  /**
   * What both ends prove to each other (`ipsec`, `gre-ipsec`): at least 32 random bytes in base64, as `openssl rand -base64
   * 32` prints them. Secret. With another key give another `keyVersion` too. Default: 32 random bytes, made once.
   */
  readonly preSharedKey?: Input<string | undefined>;
  /**
   * Certificates in place of `preSharedKey` (`ipsec`, `gre-ipsec`). A plain object, since it decides which keys there are.
   * With other certificates give another `keyVersion` too, so that the change loses nothing. Default: a shared key.
   */
  readonly x509?: X509Args | undefined;
  /** The line's own MTU in bytes; up to 9000, and 1280 have to be left inside the tunnel. Default 1500. */
  readonly mtu?: Input<number | undefined>;
  /**
   * What the line carries in each direction. Where all lines of a bond have one and none has a weight, connections are
   * spread in proportion. Default: unknown.
   */
  readonly rate?: Input<RateArgs | undefined>;
  /**
   * Whether packets shall wait in short queues (cake) at the router and at the colo instead of the line's own: latency stays
   * low while it is full, and urgent packets go first (DSCP). Needs `rate`, at which it works in each direction that is
   * given. Default false.
   */
  readonly shape?: Input<boolean | undefined>;
  /**
   * What the line adds to each packet, if `rate` is the line's own, and not measured in IP packets; the names are tc-cake's:
   * `ethernet`, `docsis`, `bridged-ptm` and `pppoe-ptm` (VDSL), `bridged-llcsnap` and `pppoe-llcsnap` (ADSL). With `shape`.
   * Default `none`.
   */
  readonly framing?: Input<FramingName | undefined>;
  /**
   * What the line is. It decides how soon the line counts as dead: `dsl`, `cable` and `fibre` after 0.6 s, `lte` after 1.2 s,
   * `satellite` after 1.5 s. Default `dsl`.
   */
  readonly kind?: Input<LineKind | undefined>;
  /** Whether its bytes cost money: then it counts as dead after 3 s, and an idle line costs a fifth. Default false. */
  readonly metered?: Input<boolean | undefined>;
  /** When the line counts as dead. Default: what `kind` and `metered` say. */
  readonly detection?: Input<DetectionArgs | undefined>;
  /**
   * The name of the component's unit on hosts, where it is not to be the component's own. Default: the name that an alias
   * gives, or else the component's.
   */
  readonly unitName?: Input<string | undefined>;
}

/**
 * One line of a site, with its tunnel to the colo.
 *
 * @example
 * const line = { interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" };
 * const dsl = new SiteUplink("dsl", { colo, router, ...line });
 */
export class SiteUplink extends ComponentResource implements UplinkReference {
  /** The name of its unit on hosts, ORGANIZATION/PROJECT/STACK/uplink/NAME. Another `keyVersion` has another. */
  public readonly unit: Output<string>;
  /** The component's own name. */
  public readonly name: Output<string>;
  /** The unit of its colo. */
  public readonly coloUnit: Output<string>;
  /** The logical name of its router. */
  public readonly routerName: Output<string>;
  /** The line's interface at the router. */
  public readonly interface: Output<string>;
  /** The line's own address, or `dynamic`. */
  public readonly address: Output<string>;
  /** The provider's gateway, if it was given. */
  public readonly gateway: Output<string | undefined>;
  /** MTU inside the tunnel, in bytes. */
  public readonly tunnelMtu: Output<number>;
  /** What the line carries, in Mbit/s. */
  public readonly rate: Output<Rate | undefined>;
  /** Whether its queues are kept short. */
  public readonly shape: Output<boolean | undefined>;

  public constructor(name: string, args: SiteUplinkArgs, options?: ComponentResourceOptions) {
    const colo = resolveColo(args.colo);
    const router = resolveHostName(args.router);
    const { colo: coloReference, router: routerReference, unitName, x509, ...others } = args;
    const { coloPrivateKey, routerPrivateKey, preSharedKey, ...facts } = others;
    const unit = componentUnit("uplink", name, options, unitName);
    // What is said of keys is no secret; the plan would be one with them.
    const keyFacts = unsecret(output({ coloPrivateKey, routerPrivateKey, preSharedKey }).apply(judgeKeys));
    const certificates = unsecret(output(x509).apply((ends) => ends && judgeX509(ends, new Date())));
    const planned = output({ ...facts, unit, colo, router, keys: keyFacts, x509: certificates }).apply(planUplink);
    super("extrude:index:SiteUplink", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = all([unit, args.keyVersion]).apply(([own, version]) =>
      formatUnitName(withKeyVersion(own, version ?? 1)),
    );
    this.name = output(name);
    this.coloUnit = colo.apply((found) => found.unit);
    this.routerName = router;
    this.interface = output(args.interface);
    this.address = output(args.address);
    this.gateway = output(args.gateway);
    this.rate = output(args.rate);
    this.shape = output(args.shape);
    // A bond of a line that cannot be planned is not planned either: the value is never used.
    this.tunnelMtu = planned.apply((found) => ("plan" in found ? found.plan.tunnelMtu : 0));
    const plan = all([unit, planned]).apply(([own, found]) => planOrThrow(own, found, this));
    // Only of keys that have been found to be good is anything made.
    const good = (key: Input<string | undefined>): Output<string> =>
      secret(plan.apply(() => output(key).apply((text) => text ?? "")));
    const given = (key: Input<string | undefined>): Output<string> | undefined =>
      key === undefined ? undefined : good(key);
    const keys = tunnelKeys(args.encapsulation ?? "gre", name, this, output(args.keyVersion), {
      colo: given(coloPrivateKey),
      router: given(routerPrivateKey),
      shared: given(preSharedKey),
      certified: x509 && { colo: good(x509.colo.privateKey), router: good(x509.router.privateKey) },
    });
    const bind = (end: "colo" | "router", host: Input<HostReference>, render: Render): void => {
      const secrets = keys && { secrets: all([plan, keys[end]]).apply(([{ tunnel }, key]) => ({ [tunnel]: key })) };
      const publicKeys = keys?.publicKeys;
      bindUnit(`${name}-${end}`, {
        parent: this,
        host,
        unit: all([plan, publicKeys]).apply(([known, found]) => render(known, found)),
        ...secrets,
        dependsOn: componentsAmong([coloReference, routerReference]),
      });
    };
    bind("colo", hostOf(coloReference), renderUplinkAtColo);
    bind("router", routerReference, renderUplinkAtRouter);
    this.registerOutputs({ unit: this.unit, tunnelMtu: this.tunnelMtu });
  }
}

type Render = (plan: UplinkPlan, keys?: PublicKeys) => Unit;
