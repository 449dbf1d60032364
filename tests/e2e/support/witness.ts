import { readdirSync, readFileSync } from "node:fs";
import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";

const hosts = ["colo", "router"] as const;
const needleFile = "/root/needles.json";

/** Looks at every command line of a host, again and again, until its input ends. */
const watcher = [
  "import glob, json, select, sys",
  `needles = json.load(open("${needleFile}"))`,
  'print("ready", flush=True)',
  "while not select.select([sys.stdin], [], [], 0.02)[0]:",
  '    for path in glob.glob("/proc/[0-9]*/cmdline"):',
  "        try: line = open(path, errors='replace').read()",
  "        except OSError: continue",
  "        if any(needle in line for needle in needles): print('SEEN ' + repr(line), flush=True)",
].join("\n");

/** Looks into the journal, and into every file that anybody may read or that lies in a temporary folder. */
const searcher = [
  "import json, os, stat, subprocess, sys",
  "needles = [needle.encode() for needle in json.load(sys.stdin)]",
  "def look(name, data):",
  "    if any(needle in data for needle in needles): print(name)",
  "look('the journal', subprocess.run(['journalctl', '--no-pager', '-o', 'export'], stdout=subprocess.PIPE).stdout)",
  "for top in ['/etc', '/home', '/root', '/run', '/srv', '/tmp', '/usr/local', '/var']:",
  "    for folder, _, files in os.walk(top):",
  "        for path in (os.path.join(folder, file) for file in files):",
  "            try:",
  "                mode = os.lstat(path).st_mode",
  "                if stat.S_ISREG(mode) and (mode & 0o044 or folder.startswith(('/tmp', '/var/tmp'))):",
  "                    look(path, open(path, 'rb').read())",
  "            except OSError: pass",
].join("\n");

/** Command lines in which one of the texts was seen while `work` went on: on both hosts, and on this machine. */
export async function commandLinesWith(
  lab: Lab,
  needles: readonly string[],
  work: () => Promise<unknown>,
): Promise<string[]> {
  const seen: string[] = [];
  const watchers = await Promise.all(
    hosts.map(async (host) => {
      await lab.host(host).exec(`umask 077; cat >${needleFile}`, { input: JSON.stringify(needles) });
      let text = "";
      const process = await lab.host(host).start(`exec python3 -c "${watcher.replaceAll('"', '\\"')}"`, {
        onStdout: (more) => (text += more),
        timeoutMs: 600_000,
      });
      await poll(`the watcher on ${host} to look`, () => text.includes("ready"));
      return async () => {
        process.finish();
        await process.ended;
        await lab.host(host).exec(`rm ${needleFile}`);
        seen.push(...text.split("\n").filter((line) => line.startsWith("SEEN")));
      };
    }),
  );
  const timer = setInterval(() => {
    seen.push(...ownCommandLines().filter((line) => needles.some((needle) => line.includes(needle))));
  }, 20);
  await work().finally(() => {
    clearInterval(timer);
  });
  await Promise.all(watchers.map((finish) => finish()));
  return [...new Set(seen)];
}

function ownCommandLines(): string[] {
  return readdirSync("/proc").flatMap((id) => {
    try {
      return /^\d+$/.test(id) ? [readFileSync(`/proc/${id}/cmdline`, "utf8")] : [];
    } catch {
      return [];
    }
  });
}

/** Where on a host one of the texts can be read by somebody who may not. */
export async function placesWith(lab: Lab, host: "colo" | "router", needles: readonly string[]): Promise<string[]> {
  const command = `exec python3 -c "${searcher.replaceAll('"', '\\"')}"`;
  const { stdout } = await lab.host(host).exec(command, { input: JSON.stringify(needles), timeoutMs: 120_000 });
  return stdout.split("\n").filter(Boolean);
}
