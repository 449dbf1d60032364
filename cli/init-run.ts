import { resolve } from "node:path";
import { checkStackConfig } from "../config/check";
import { formatPath } from "../config/problems";
import { thisMachine } from "../config/machine";
import type { HostEntry, StackEntries } from "../config/schema";
import { exitCodes, Failure } from "./failure";
import type { InitOptions } from "./init";
import { ownKeys, readProject, renderStackFile, stackFile, writeStackFile } from "./init-file";
import { atTerminal, Interview } from "./init-interview";
import { adviseOnNetwork, chooseLines, entriesOf, names } from "./init-network";
import { type Login, parsePlace, type Place, readLogin } from "./init-login";
import { reach, type Reached } from "./init-reach";
import { adviseOn, proposeColo } from "./init-survey";
import { setSecret } from "./pulumi";
import { paint, writeJson, writeLine } from "./terminal";

interface Opening {
  readonly folder: string;
  readonly stack: string;
  readonly project: string;
  readonly rack: Place;
  readonly router: Place;
  readonly login: Login;
  readonly addresses: readonly string[];
  readonly site: string;
}

/** What has to be known before a machine is dialled. */
async function open(options: InitOptions, interview: Interview): Promise<Opening> {
  const folder = resolve(options.cwd ?? ".");
  const project = readProject(folder);
  const stack = await interview.text({
    option: "--stack",
    message: "The stack's name",
    given: options.stack,
    proposal: "prod",
    check: checkName,
  });
  const keys = /^[A-Za-z0-9._-]+$/.test(stack) ? ownKeys(stackFile(folder, stack)) : [];
  if (keys.length > 0 && options.overwrite !== true && options.dryRun !== true) {
    throw new Failure(
      `${stackFile(folder, stack)} has ${keys.join(", ")} already. Nothing has been written. Choose another stack (--stack NAME), or say --overwrite to replace them.`,
      exitCodes.found,
    );
  }
  const place = (option: string, what: string, given: string | undefined): Promise<string> =>
    interview.text({
      option,
      message: `${what}, as SSH reaches it: [USER@]HOST[:PORT]`,
      given,
      check: (text) => (parsePlace(text) === undefined ? "is not [USER@]HOST[:PORT]." : undefined),
    });
  const rack = await place("--colo", "The server at the colo", options.colo);
  const router = await place("--router", "The site's router", options.router);
  const addresses = options.address ?? [
    await interview.text({
      option: "--address",
      message: "The public address of the colo's network that the site is to have",
    }),
  ];
  const site = await interview.text({
    option: "--site",
    message: "The site's name",
    given: options.site,
    proposal: "office",
    check: checkName,
  });
  const login = await readLogin(options.identity, interview);
  interview.settle();
  const [rackPlace, routerPlace] = [parsePlace(rack), parsePlace(router)];
  if (rackPlace === undefined || routerPlace === undefined)
    throw new Failure("Nothing has been written.", exitCodes.usage);
  return { folder, stack, project, rack: rackPlace, router: routerPlace, login, addresses, site };
}

function checkName(text: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
    ? undefined
    : "is no name: letters, digits, dots, hyphens and underscores.";
}

/** Both machines, one after the other, so that nobody is asked two things at once; what is wrong with either is said together. */
async function reachBoth(opening: Opening, options: InitOptions, interview: Interview): Promise<[Reached, Reached]> {
  const candidate = (name: "rack" | "router", option: string, givenKey: string | undefined) => ({
    ...{ name, option, givenKey },
    connection: { ...opening[name], ...opening.login.credentials },
  });
  const rack = await reach(candidate("rack", "--colo", options.coloKey), interview);
  const router = await reach(candidate("router", "--router", options.routerKey), interview);
  interview.settle(exitCodes.unasked);
  if (rack === undefined || router === undefined) throw new Failure("Nothing has been written.", exitCodes.unasked);
  return [rack, router];
}

function hostEntry({ connection }: Reached, place: Place, login: Login, installs: boolean): HostEntry {
  return { ...place, ...login.entry, hostKey: connection.hostKey, ...(installs ? { installPackages: true } : {}) };
}

/** The stack's configuration, and what should be known of it. */
async function design(
  opening: Opening,
  [rack, router]: [Reached, Reached],
  options: InitOptions,
  interview: Interview,
) {
  const lacking = [rack, router].flatMap(({ survey }) => survey.missingPackages);
  const installs =
    options.installPackages ??
    (lacking.length > 0 &&
      (await interview.confirm(
        `Packages are missing (${[...new Set(lacking)].join(" ")}). Shall extrude install them, and remove them again at the end?`,
        true,
      )));
  const colo = proposeColo(rack.survey);
  if (colo === undefined) interview.complain("--colo: no interface of the server has an IPv4 address.");
  const lines = await chooseLines(options.line ?? [], router.survey, interview);
  interview.settle();
  if (colo === undefined) throw new Failure("Nothing has been written.", exitCodes.usage);
  const entries = entriesOf({
    hosts: {
      [names.rack]: hostEntry(rack, opening.rack, opening.login, installs),
      [names.router]: hostEntry(router, opening.router, opening.login, installs),
    },
    ...{ colo, lines, addresses: opening.addresses, site: opening.site, whenDown: options.whenDown },
  });
  const advice = [
    ...[rack, router].flatMap(({ name, connection, survey }) =>
      adviseOn(name, survey, connection.user ?? "root", installs),
    ),
    ...adviseOnNetwork(lines, router.survey, colo),
  ];
  return { entries, advice };
}

/** What `pulumi preview` would say of it: it is better said before anything is written. */
function check(entries: StackEntries, { folder, project, stack, login }: Opening): void {
  const secrets = Object.fromEntries(
    Object.entries(entries.hosts).map(([name, entry]) => [name, { ...entry, ...login.secretEntry }]),
  );
  const checked = checkStackConfig(
    { ...entries, hosts: secrets },
    {
      machine: { ...thisMachine(), folder },
      owner: { organization: "organization", project, stack },
      secretSections: new Set(["hosts"]),
    },
  );
  if ("config" in checked) return;
  throw new Failure(
    ["Nothing has been written, since it would not work:", ...checked.problems.map((each) => `  ${each}`)].join("\n"),
    exitCodes.found,
  );
}

/** Secrets are for Pulumi to encrypt, which it does only for a stack that is there. */
async function keepSecrets({ stack, folder, login }: Opening): Promise<string[]> {
  const left: string[] = [];
  for (const [key, value] of Object.entries(login.secretEntry)) {
    for (const host of [names.rack, names.router]) {
      const path = `extrude:${formatPath(["hosts", host, key])}`;
      await setSecret(path, value, { stack, cwd: folder }).catch(() => {
        left.push(`pulumi config set --stack ${stack} --secret --path '${path}'`);
      });
    }
  }
  return left;
}

export async function init(options: InitOptions): Promise<void> {
  const interview = new Interview(await atTerminal(), options.yes === true);
  const opening = await open(options, interview);
  const reached = await reachBoth(opening, options, interview);
  const { entries, advice } = await design(opening, reached, options, interview);
  check(entries, opening);
  const file = stackFile(opening.folder, opening.stack);
  const isWritten = options.dryRun !== true;
  if (isWritten) writeStackFile(file, entries);
  const left = isWritten ? await keepSecrets(opening) : [];
  const next = [
    `pulumi stack select --create ${opening.stack}`,
    ...left,
    `pulumi preview --stack ${opening.stack} --diff`,
    `pulumi up --stack ${opening.stack}`,
  ];
  if (options.json === true) {
    const found = Object.fromEntries(reached.map(({ name, survey }) => [name, survey]));
    writeJson({ stack: opening.stack, file, written: isWritten, found, config: entries, advice, next });
    return;
  }
  if (isWritten) writeLine(`${file} is written.`);
  else writeLine(renderStackFile(entries).trimEnd());
  for (const sentence of advice) writeLine(`${paint("yellow", "Note:")} ${sentence}`);
  if (isWritten) writeLine(["Next:", ...next.map((command) => `  ${command}`)].join("\n"));
}
