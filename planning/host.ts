import { formatUnitName, checkUnitName, type UnitName } from "./names";
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";

/** How to reach a host, as far as planning may know: which secrets are given, never the secrets. */
export interface ConnectionFacts {
  readonly host: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly hasHostKey: boolean;
  readonly verifyHostKey?: boolean | undefined;
  readonly hasCredential: boolean;
}

export interface HostArguments {
  readonly unit: UnitName;
  readonly connection: ConnectionFacts;
  readonly proxy?: ConnectionFacts | undefined;
  readonly installPackages?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly metrics?: boolean | string | undefined;
  /** The release whose agent the host gets. */
  readonly agent?: string | undefined;
}

export interface HostPlan {
  readonly unit: string;
  readonly host: string;
  readonly installPackages: boolean;
  /** Whether the host puts back what others take away. */
  readonly watch: boolean;
  /** The directory in which the host keeps a file of its metrics, if it does. */
  readonly metrics?: string | undefined;
  /** A command that has to exist, with the Debian package that brings it. */
  readonly commands: readonly { readonly command: string; readonly package: string }[];
  readonly modules: readonly string[];
}

/** What has to be on a host. */
export type HostNeeds = Pick<HostPlan, "commands" | "modules">;

const commands = [
  { command: "ip", package: "iproute2" },
  { command: "nft", package: "nftables" },
  { command: "bird", package: "bird2" },
  { command: "conntrack", package: "conntrack" },
  { command: "arping", package: "iputils-arping" },
  { command: "modprobe", package: "kmod" },
  { command: "flock", package: "util-linux" },
];
const modules = ["ip_gre", "dummy", "nf_tables", "nf_conntrack", "nft_ct", "nft_fib_inet", "nft_chain_nat", "nft_masq"];

/** What any host needs, so that all of it is named at once, before the first tunnel. */
export const hostNeeds: HostNeeds = { commands, modules };

/** Where Debian's prometheus-node-exporter looks for files of metrics. */
export const metricsDirectory = "/var/lib/prometheus/node-exporter";

export function planHost(args: HostArguments): Planned<HostPlan> {
  const problems = [...checkUnitName(args.unit), ...checkHostConnection(args), ...checkMetrics(args.metrics)];
  const metrics = args.metrics === true ? metricsDirectory : args.metrics === false ? undefined : args.metrics;
  return planned(problems, () => ({
    plan: {
      unit: formatUnitName(args.unit),
      host: args.unit.name,
      installPackages: args.installPackages ?? false,
      watch: args.watch ?? true,
      ...(metrics === undefined ? {} : { metrics }),
      commands,
      modules,
    },
    sentences: [
      `${args.unit.name} is reached by SSH at ${args.connection.host}, port ${args.connection.port ?? 22}, as ${args.connection.user ?? "root"}.`,
      ...(args.agent === undefined
        ? []
        : [`Its agent is that of extrude ${args.agent}, or a newer one that is there already.`]),
      ...(args.installPackages === true
        ? ["Missing Debian packages are installed, and removed again at the end."]
        : []),
      ...(args.watch === false ? ["What somebody else takes away there is not put back by itself."] : []),
      ...(metrics === undefined ? [] : [`Its metrics for Prometheus are in ${metrics}/extrude.prom.`]),
      ...(args.connection.verifyHostKey === false
        ? ["Its host key is NOT checked: any machine that answers is trusted."]
        : []),
    ],
  }));
}

/** A path that is a word in the unit, and a place of its own. */
function checkMetrics(metrics: boolean | string | undefined): Problem[] {
  const isFit =
    typeof metrics !== "string" || (/^(\/[A-Za-z0-9_][A-Za-z0-9._-]*){1,16}$/.test(metrics) && metrics.length <= 200);
  return isFit
    ? []
    : [problem("metrics-directory-invalid", "metrics", `${quoteValue(metrics)} is not a directory's path.`)];
}

/** What is wrong with the way to a host. */
export function checkHostConnection({ connection, proxy }: Pick<HostArguments, "connection" | "proxy">): Problem[] {
  return [
    ...checkConnection("connection", connection),
    ...(proxy === undefined ? [] : checkConnection("connection.proxy", proxy)),
  ];
}

function checkConnection(argument: string, facts: ConnectionFacts): Problem[] {
  const problems: Problem[] = [];
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  if (!/^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$/.test(facts.host)) {
    say("host-invalid", `${argument}.host`, `${quoteValue(facts.host)} is not a host name or address.`);
  }
  const { port, user } = facts;
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    say("port-invalid", `${argument}.port`, `${quoteValue(port)} is not a port.`);
  }
  if (user !== undefined && !/^[A-Za-z_][A-Za-z0-9._-]{0,31}$/.test(user)) {
    say("user-invalid", `${argument}.user`, `${quoteValue(user)} is not a login name.`);
  }
  if (!facts.hasHostKey && facts.verifyHostKey !== false) {
    say("host-key-missing", `${argument}.hostKey`, "is missing, so another machine could answer in its place.");
  }
  if (!facts.hasCredential) {
    say("credential-missing", argument, "has nothing to log in with.");
  }
  return problems;
}
