import type { Answer, Refusal } from "./ask";
import { diagnoseCollisions } from "./diagnose-collisions";
import { diagnoseFilters } from "./diagnose-filters";
import { type Difference, differencesOf } from "./differences";
import type { Facts } from "./facts";
import { type Finding, finding, type FindingCode, onHost } from "./findings";
import type { StackHost } from "./state";

/** What is wrong with one host, as far as it alone can tell. `version` is that of this library's agent. */
export function diagnoseHost({ host, facts, refusal }: Answer, version: string): Finding[] {
  const refusals = refusal === undefined ? [] : [refused(host, refusal)];
  if (facts === undefined) return refusals;
  const { name } = host;
  const find = (code: FindingCode, text: string, fix: string): Finding => finding(code, name, text, fix);
  return [
    ...refusals,
    ...(isOlder(facts.agent, version)
      ? [find("agent-outdated", `The agent is ${facts.agent}; this program brings ${version}.`, "pulumi up")]
      : []),
    ...facts.broken.map((line) =>
      find("change-broken", `A change could not be taken back whole: ${line}`, applyAgain(name)),
    ),
    ...facts.stopped.map((service) =>
      find(
        "watcher-stopped",
        `${service} is not running: what is lost there does not come back.`,
        onHost(name, `sudo systemctl restart ${service}`),
      ),
    ),
    ...diagnoseDifferences(host, differencesOf(host, facts)),
    ...lacking(name, facts),
    ...diagnoseCollisions(name, facts),
    ...diagnoseFilters(name, facts),
  ];
}

/** In the order of the layers: each has its own remedy. */
function refused({ name, connection }: StackHost, { problem, text }: Refusal): Finding {
  const { host, port = 22, user = "root" } = connection;
  const fixes: Record<Refusal["problem"], string> = {
    unresolved: `getent hosts ${host}; or write its address into the Host's connection.host`,
    unreachable: `nc -vz ${host} ${port}; on its console: sudo systemctl start ssh; if it is gone for good: extrude forget ${name}`,
    "host-key-differs": `ssh-keyscan -p ${port} ${host}; compare it with the machine's console. If the machine is new, write its key into connection.hostKey`,
    "login-refused": `ssh -p ${port} ${user}@${host}; put the public key into ~${user}/.ssh/authorized_keys there`,
    "sudo-refused": `on its console: echo '${user} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/${user}`,
    "agent-missing": applyAgain(name),
    "agent-outdated": "pulumi up",
    unanswered: `ssh -p ${port} ${user}@${host} uptime; then: extrude doctor ${name}`,
  };
  return finding(problem, name, text, fixes[problem]);
}

/** Whether a version comes before another, number by number. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): number[] => text.split(".").map(Number);
  const [ours, theirs] = [numbers(version), numbers(than)];
  const at = theirs.findIndex((part, index) => part !== ours[index]);
  return at >= 0 && (ours[at] ?? 0) < (theirs[at] ?? 0);
}

/**
 * Pulumi has nothing to do for a unit whose inputs are the same, and replacing it would end with its removal. What the
 * state no longer knows is applied again, which changes nothing where it is there already.
 */
function applyAgain(host: string): string {
  return `extrude forget ${host} && pulumi up`;
}

/** Differences as findings, each with what mends it. */
export function diagnoseDifferences(host: StackHost, differences: readonly Difference[]): Finding[] {
  return differences.map((difference) => differing(host, difference));
}

function differing({ name }: StackHost, { kind, unit, text }: Difference): Finding {
  const fixes: Record<Difference["kind"], string> = {
    drifted: onHost(name, "sudo extrudectl restore"),
    "unit-missing": applyAgain(name),
    "unit-differs": applyAgain(name),
    "unit-unknown": onHost(name, `sudo extrudectl remove ${unit ?? ""} --as ${name}`),
  };
  return finding(kind, name, unit === undefined ? text : `${unit}: ${text}`, fixes[kind]);
}

function lacking(host: string, { requirements, without }: Facts): Finding[] {
  const find = (text: string, fix: string): Finding => finding("requirement-missing", host, text, onHost(host, fix));
  const packages = new Set([
    ...requirements.flatMap(({ lack }) => (lack.startsWith("package ") ? [lack.slice(8)] : [])),
    ...without.map((program) => `iputils-${program}`),
  ]);
  const names = [...packages].sort().join(" ");
  const others = requirements.filter(({ lack }) => !lack.startsWith("package "));
  return [
    ...(names === "" ? [] : [find(`Packages are missing: ${names}.`, `sudo apt-get install ${names}`)]),
    ...others.map(({ unit, lack }) => find(`${unit}: ${lack}`, provide(lack))),
  ];
}

function provide(lack: string): string {
  const [, module] = /^the kernel module (\S+) is missing/.exec(lack) ?? [];
  if (module !== undefined)
    return `sudo apt-get install linux-image-amd64 && sudo reboot (a kernel that has ${module})`;
  const [, device, address] = /^(\S+) does not hold ([^;]+);/.exec(lack) ?? [];
  if (device !== undefined)
    return `ip -4 address show dev ${device}; give it ${address ?? ""}, or correct \`address\` in the program`;
  return "ip -brief link; or correct `interface` in the program";
}
