import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lab/paths";

/** A command that a page tells its reader to give. */
export interface DocumentedCommand {
  readonly page: string;
  readonly program: "extrude" | "extrudectl" | "npm run";
  readonly words: readonly string[];
  /** Whether it shows what may be given, as "extrude status [SITE...]", and not what to type. */
  readonly isSynopsis: boolean;
}

export function pages(): string[] {
  const docs = readdirSync(join(packageRoot, "docs"), { recursive: true, encoding: "utf8" });
  const own = ["README.md", "CONTRIBUTING.md", "SECURITY.md"];
  return [...own, ...docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name))].sort();
}

export const readPage = (page: string): string => readFileSync(join(packageRoot, page), "utf8");

/** Those in code: each line of a block, and each piece within a text. */
export function documentedCommands(): DocumentedCommand[] {
  return pages().flatMap((page) => {
    const text = readPage(page);
    const blocks = [...text.matchAll(/^ *```(?:sh)?\n([^]*?)^ *```$/gm)].flatMap(([, block = ""]) => block.split("\n"));
    const pieces = [...text.replaceAll(/^ *```[^]*?^ *```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(
      ([, piece = ""]) => piece,
    );
    return [...blocks, ...pieces].flatMap((line) => commandsIn(page, line));
  });
}

function commandsIn(page: string, line: string): DocumentedCommand[] {
  // What comes first on a line, or behind another command.
  return line.split(/&&|;|\$ /).flatMap((part) => {
    const found = /^\s*(?:sudo )?(npm run extrude --|npm run|extrude|extrudectl) (.+)$/.exec(part);
    // A unit's text begins with "extrude unit".
    if (found === null || found[2]?.startsWith("unit ")) return [];
    const [, said = "", rest = ""] = found;
    const words = wordsOf(rest);
    const program = said === "npm run extrude --" ? "extrude" : (said as DocumentedCommand["program"]);
    return [{ page, program, words, isSynopsis: /[[|]|\.\.\./.test(words.join(" ")) }];
  });
}

/** As a shell cuts a line into words, up to a pipe, a redirection or a comment. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (/^(#|\||[<>&])/.test(word)) break;
    words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return words;
}
