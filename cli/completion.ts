import { Argument, Command } from "commander";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

/** A verb, or a verb below a verb, and what may follow it. */
export interface Branch {
  /** The words that lead to it: none for the program itself. */
  readonly path: readonly string[];
  readonly verbs: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly Flag[];
}

export interface Flag {
  readonly name: string;
  readonly summary: string;
  /** What may follow, if it is one of a few words. */
  readonly choices: readonly string[];
  readonly takes: "nothing" | "word" | "path";
}

/** All branches of a command line, the program itself first. */
export function branchesOf(command: Command, path: readonly string[] = []): Branch[] {
  const verbs = command.commands.map((each) => ({ name: each.name(), summary: each.description() }));
  const options = command.options.map(({ long, description, argChoices, flags }) => ({
    name: long ?? "",
    summary: description,
    choices: argChoices ?? [],
    takes: /<(file|directory)>/.test(flags)
      ? ("path" as const)
      : flags.includes("<")
        ? ("word" as const)
        : ("nothing" as const),
  }));
  const help: Flag = { name: "--help", summary: "says what it takes", choices: [], takes: "nothing" };
  const own: Branch = { path, verbs, options: [...options, help] };
  return [own, ...command.commands.flatMap((each) => branchesOf(each, [...path, each.name()]))];
}

function wordsOf({ verbs, options }: Branch): string[] {
  return [...verbs, ...options].map(({ name }) => name);
}

/** Those that take a value, once each. */
function valued(branches: readonly Branch[]): Flag[] {
  const all = branches.flatMap(({ options }) => options.filter(({ takes }) => takes !== "nothing"));
  return [...new Map(all.map((flag) => [flag.name, flag])).values()];
}

const single = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A case of the shell's: the longest paths first, and whatever follows them. */
function patternOf({ path }: Branch): string {
  return path.length === 0 ? "''" : `${single(path.map((word) => ` ${word}`).join(""))}*`;
}

const deepestFirst = (one: Branch, two: Branch): number => two.path.length - one.path.length;

export function renderBash(branches: readonly Branch[]): string {
  const cases = [...branches]
    .sort(deepestFirst)
    .map((branch) => `\t${patternOf(branch)}) words=${single(wordsOf(branch).join(" "))} ;;`);
  const values = valued(branches).map(({ name, takes, choices }) =>
    takes === "path" ? `\t${name}) compopt -o default; return ;;` : `\t${name}) words=${single(choices.join(" "))} ;;`,
  );
  return [
    "# extrude completion bash >~/.local/share/bash-completion/completions/extrude",
    "_extrude() {",
    "\tlocal word words= said=",
    '\tfor word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case $word in -*) ;; *) said="$said $word" ;; esac; done',
    "\tCOMPREPLY=()",
    "\tcase $said in",
    ...cases,
    "\tesac",
    "\tcase ${COMP_WORDS[COMP_CWORD - 1]} in",
    ...values,
    "\tesac",
    '\tmapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")',
    "}",
    "complete -F _extrude extrude",
    "",
  ].join("\n");
}

export function renderZsh(branches: readonly Branch[]): string {
  const described = ({ name, summary }: { name: string; summary: string }): string =>
    single(`${name}:${summary.replaceAll(":", "\\:")}`);
  const cases = [...branches]
    .sort(deepestFirst)
    .map(
      (branch) =>
        `\t(${patternOf(branch)}) found=(${[...branch.verbs, ...branch.options].map(described).join(" ")}) ;;`,
    );
  const values = valued(branches).map(({ name, takes, choices }) =>
    takes === "path" ? `\t(${name}) _files; return ;;` : `\t(${name}) found=(${choices.map(single).join(" ")}) ;;`,
  );
  return [
    "#compdef extrude",
    "# extrude completion zsh >~/.zfunc/_extrude, with ~/.zfunc in fpath",
    "_extrude() {",
    "\tlocal word said=",
    "\tlocal -a found",
    '\tfor word in "${(@)words[2,CURRENT-1]}"; do [[ $word == -* ]] || said="$said $word"; done',
    "\tcase $said in",
    ...cases,
    "\tesac",
    "\tcase ${words[CURRENT-1]} in",
    ...values,
    "\tesac",
    "\t_describe extrude found",
    "}",
    'if [ "${funcstack[1]}" = _extrude ]; then _extrude "$@"; else compdef _extrude extrude; fi',
    "",
  ].join("\n");
}

export function renderFish(branches: readonly Branch[]): string {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = branches.flatMap(({ path, verbs, options }) => {
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const others = verbs.map(({ name }) => name).join(" ");
    const none = verbs.length === 0 ? [] : [`not __fish_seen_subcommand_from ${others}`];
    const when = (conditions: readonly string[]): string =>
      conditions.length === 0 ? "" : ` -n ${quote(conditions.join("; and "))}`;
    return [
      ...verbs.map(
        ({ name, summary }) => `complete -c extrude${when([...seen, ...none])} -a ${name} -d ${quote(summary)}`,
      ),
      ...options.map(({ name, summary, takes, choices }) => {
        const value = { nothing: "", word: " -x", path: " -r -F" }[takes];
        const list = choices.length === 0 ? "" : ` -a ${quote(choices.join(" "))}`;
        return `complete -c extrude${when([...seen, ...none])} -l ${name.slice(2)}${value}${list} -d ${quote(summary)}`;
      }),
    ];
  });
  return [
    "# extrude completion fish >~/.config/fish/completions/extrude.fish",
    "complete -c extrude -f",
    ...lines,
    "",
  ].join("\n");
}

async function completion(shell: Shell, options: { json?: boolean }): Promise<void> {
  const { wholeProgram } = await import("./verbs.js");
  const branches = branchesOf(await wholeProgram());
  const { writeJson } = await import("./terminal.js");
  const render = { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell];
  if (options.json === true) writeJson({ shell, script: render(branches) });
  else process.stdout.write(render(branches));
}

const help = `
Examples:
  extrude completion bash >~/.local/share/bash-completion/completions/extrude
  extrude completion zsh >~/.zfunc/_extrude
  extrude completion fish >~/.config/fish/completions/extrude.fish

Exit codes: 0 printed, 2 wrong usage.`;

export function completionCommand(): Command {
  return new Command("completion")
    .description("a script by which a shell completes this command line")
    .addArgument(new Argument("<shell>", "which one").choices(shells))
    .option("--json", "for programs")
    .addHelpText("after", help)
    .action(completion);
}
