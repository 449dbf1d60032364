import { type Output, secret } from "@pulumi/pulumi";
import {
  BondedSite,
  ColoEndpoint,
  type ConnectionArgs,
  ExtrudedAddress,
  Host,
  type HostConnectionArgs,
  SiteUplink,
} from "../components";
import { type ColoContract, exportColo } from "./contract";
import type { Host as HostConfig } from "./hosts";
import type { Connection } from "./keys";
import type { StackConfig } from "./stack";

/** What the stack puts out. */
export interface BuiltStack {
  /** The addresses that each site has. */
  readonly addresses: Record<string, Output<string[]>>;
  /** What other stacks need to know of each colo. */
  readonly colos: Record<string, Output<ColoContract>>;
  /** The same for each customer of each colo. */
  readonly customers: Record<string, Record<string, Output<ColoContract>>>;
  /** The MTU inside each uplink's tunnel, in bytes. */
  readonly tunnelMtu: Record<string, Output<number>>;
}

/** Makes the components of a checked config, each handed those it builds on. */
export function buildStack(config: StackConfig): BuiltStack {
  const hosts = make(config.hosts, (name, { connection, installPackages, watch, metrics }) => {
    return new Host(name, { connection: connectionArgs(connection), installPackages, watch, metrics });
  });
  const colos = make(config.colos, (name, { host, ...args }) => {
    return new ColoEndpoint(name, { ...args, host: named(hosts, host) });
  });
  const addresses = make(config.addresses, (name, { colo, ...args }) => {
    return new ExtrudedAddress(name, { ...args, colo: named(colos, colo) });
  });
  const uplinks = make(config.uplinks, (name, { colo, router, ...entry }) => {
    const { coloPrivateKey, routerPrivateKey, preSharedKey, x509, ...args } = entry;
    const keys = {
      coloPrivateKey: asSecret(coloPrivateKey),
      routerPrivateKey: asSecret(routerPrivateKey),
      preSharedKey: asSecret(preSharedKey),
      x509: x509 && {
        colo: { ...x509.colo, privateKey: secret(x509.colo.privateKey) },
        router: { ...x509.router, privateKey: secret(x509.router.privateKey) },
      },
    };
    return new SiteUplink(name, { ...args, ...keys, colo: named(colos, colo), router: named(hosts, router) });
  });
  const sites = make(config.sites, (name, { colo, router, ...args }) => {
    return new BondedSite(name, {
      ...args,
      colo: named(colos, colo),
      router: named(hosts, router),
      addresses: args.addresses.map((address) => named(addresses, address)),
      deliveries: Object.entries(args.deliveries ?? {}).map(([address, delivery]) => ({
        ...delivery,
        address: named(addresses, address),
      })),
      bypass: args.bypass?.map(({ via, ...traffic }) => ({
        ...traffic,
        via: via?.map((line) => named(uplinks, line)),
      })),
      uplinks: Object.entries(args.uplinks).map(([uplink, member]) => ({ ...member, uplink: named(uplinks, uplink) })),
    });
  });
  return {
    addresses: Object.fromEntries([...sites].map(([name, site]) => [name, site.addresses])),
    colos: Object.fromEntries([...colos].map(([name, colo]) => [name, exportColo(colo)])),
    customers: Object.fromEntries([...colos].map(([name, colo]) => [name, contractsOf(colo, config.colos.get(name))])),
    tunnelMtu: Object.fromEntries([...uplinks].map(([name, uplink]) => [name, uplink.tunnelMtu])),
  };
}

function contractsOf(
  colo: ColoEndpoint,
  entry: { readonly customers?: object | undefined } | undefined,
): Record<string, Output<ColoContract>> {
  const names = Object.keys(entry?.customers ?? {});
  return Object.fromEntries(names.map((customer) => [customer, exportColo(colo, { customer })]));
}

function make<Entry, Component>(
  entries: ReadonlyMap<string, Entry>,
  construct: (name: string, entry: Entry) => Component,
): Map<string, Component> {
  return new Map([...entries].map(([name, entry]) => [name, construct(name, entry)]));
}

function named<Component>(components: ReadonlyMap<string, Component>, name: string): Component {
  const found = components.get(name);
  if (found === undefined) throw new Error(`The config was not checked: it has no "${name}".`);
  return found;
}

function connectionArgs({ proxy, ...connection }: HostConfig["connection"]): HostConnectionArgs {
  return { ...withSecrets(connection), proxy: proxy === undefined ? undefined : withSecrets(proxy) };
}

function withSecrets(connection: Connection): ConnectionArgs {
  const { privateKey, privateKeyPassword, password } = connection;
  return {
    ...connection,
    privateKey: asSecret(privateKey),
    privateKeyPassword: asSecret(privateKeyPassword),
    password: asSecret(password),
  };
}

function asSecret(text: string | undefined): Output<string> | undefined {
  return text === undefined ? undefined : secret(text);
}
