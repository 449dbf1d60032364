import type { types } from "@pulumi/command";
import { type Input, type Output, output, secret, unsecret } from "@pulumi/pulumi";
import type { ConnectionFacts } from "../planning/host";

/**
 * How to reach a machine by SSH.
 *
 * @example
 * const agentSocketPath = process.env["SSH_AUTH_SOCK"];
 * const connection: ConnectionArgs = { host: "77.1.2.2", user: "admin", hostKey, agentSocketPath };
 */
export interface ConnectionArgs {
  /** Its address or name. */
  readonly host: Input<string>;
  /** The TCP port of its SSH server. Default 22. */
  readonly port?: Input<number | undefined>;
  /** The login name: root, or somebody who may use sudo without a password. Default `root`. */
  readonly user?: Input<string | undefined>;
  /** The text of a private key. Secret. Prefer `agentSocketPath`: then no key is in Pulumi at all. Default: none. */
  readonly privateKey?: Input<string | undefined>;
  /** The passphrase of the private key. Secret. Default: none. */
  readonly privateKeyPassword?: Input<string | undefined>;
  /** A password to log in with. Secret. Default: none. */
  readonly password?: Input<string | undefined>;
  /** The socket of an SSH agent, usually the value of SSH_AUTH_SOCK. Default: none. */
  readonly agentSocketPath?: Input<string | undefined>;
  /**
   * The machine's public host key, as in a line of known_hosts without the name: `ssh-ed25519 AAAA...`. No default: it is
   * an error to leave it out, unless `verifyHostKey` is false.
   */
  readonly hostKey?: Input<string | undefined>;
  /** Set to false to accept any machine that answers. Default true. */
  readonly verifyHostKey?: Input<boolean | undefined>;
}

/**
 * How to reach a host by SSH, perhaps through another.
 *
 * @example
 * const proxy: ConnectionArgs = { host: "jump.example.net", hostKey: jumpKey, agentSocketPath };
 * const connection: HostConnectionArgs = { host: "10.0.0.1", hostKey, agentSocketPath, proxy };
 */
export interface HostConnectionArgs extends ConnectionArgs {
  /** A bastion to go through. A plain object. Default: none. */
  readonly proxy?: ConnectionArgs | undefined;
}

/**
 * The connection as @pulumi/command takes it, field by field: what else an object carries stays behind.
 *
 * @internal
 */
export function commandConnection(args: HostConnectionArgs, dials: number): Output<types.input.remote.ConnectionArgs> {
  return secret({
    ...commandFields(args, dials),
    ...(args.proxy === undefined ? {} : { proxy: commandFields(args.proxy, dials) }),
  });
}

function commandFields(args: ConnectionArgs, dials: number): types.input.remote.ProxyConnectionArgs {
  const given = {
    host: args.host,
    port: args.port,
    user: args.user,
    privateKey: args.privateKey,
    privateKeyPassword: args.privateKeyPassword,
    password: args.password,
    agentSocketPath: args.agentSocketPath,
    hostKey: args.hostKey,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(present) as typeof given & object),
    dialErrorLimit: dials,
  } as types.input.remote.ProxyConnectionArgs;
}

/** Whether a value is given is no secret, even where the value is. */
function isGiven(value: Input<string | undefined>): Output<boolean> {
  return unsecret(output(value).apply((text) => text !== undefined && text !== ""));
}

/**
 * What planning may know of a way to a host: never the secrets, whose presence alone makes an output secret.
 *
 * @internal
 */
export function hostConnectionFacts({ proxy, ...direct }: HostConnectionArgs): {
  connection: Output<ConnectionFacts>;
  proxy: Output<ConnectionFacts> | undefined;
} {
  return { connection: connectionFacts(direct), proxy: proxy === undefined ? undefined : connectionFacts(proxy) };
}

/** @internal */
export function connectionFacts(args: ConnectionArgs): Output<ConnectionFacts> {
  return output({
    host: args.host,
    port: args.port,
    user: args.user,
    hasHostKey: isGiven(args.hostKey),
    verifyHostKey: args.verifyHostKey,
    hasCredential: output([args.privateKey, args.password, args.agentSocketPath].map(isGiven)).apply((given) =>
      given.includes(true),
    ),
  });
}
