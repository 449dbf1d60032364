import { type HostNeeds, hostNeeds } from "../planning/host";
import { quote } from "./shell";

/**
 * What `extrude init` asks of a machine that has no agent yet: a script for `sh -s`, which changes nothing and needs no
 * privileges. Each line of its answer begins with a word that says of what it is; iproute2's own are JSON.
 */
export function renderSurvey({ commands, modules }: HostNeeds = hostNeeds): string {
  return [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C",
    "export PATH LC_ALL",
    'say() { printf "%s\\n" "$*"; }',
    `say "system $(sed -n 's/^PRETTY_NAME="*\\([^"]*\\)"*$/\\1/p' /etc/os-release 2>/dev/null)"`,
    'say "kernel $(uname -r)"',
    'if [ "$(id -u)" = 0 ]; then say "root yes"',
    'elif sudo -n true 2>/dev/null; then say "root sudo"',
    'else say "root no"; fi',
    ...commands.map(
      (needed) => `command -v ${quote(needed.command)} >/dev/null || say ${quote(`package ${needed.package}`)}`,
    ),
    `for module in ${modules.map(quote).join(" ")}; do`,
    '  [ -d "/sys/module/$module" ] || modprobe -n -q "$module" 2>/dev/null || say "module $module"',
    "done",
    'for agent in /usr/local/sbin/extrudectl; do [ ! -x "$agent" ] || say "agent $("$agent" version)"; done',
    'say "came ${SSH_CONNECTION:-}"',
    'say "addresses $(ip -j address show)"',
    'say "routes $(ip -j -4 route show table all default)"',
    "",
  ].join("\n");
}
