import { readdirSync, readFileSync } from "node:fs";
import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";

const hosts = ["colo", "router"] as const;
const needleFile = "/root/needles.json";

/**
 * Reads the words of every execve(2) of a host's from the kernel's tracing, until its input ends: si of the caller's
 * registers (struct pt_regs of x86) has the words. See kprobetrace.rst of the kernel.
 */
const watcher = [
  "import json, os, select, sys",
  `needles = [needle.encode() for needle in json.load(open("${needleFile}"))]`,
  'tracing = "/sys/kernel/tracing/"',
  // Python's own way to append seeks the end, which these files have not.
  "def write(file, text):",
  "    opened = os.open(tracing + file, os.O_WRONLY | os.O_APPEND)",
  "    os.write(opened, text.encode())",
  "    os.close(opened)",
  'words = " ".join("a%d=+0(+%d(+0x68(%%di))):ustring" % (i, 8 * i) for i in range(24))',
  'write("kprobe_events", "p:seen __x64_sys_execve " + words)',
  'write("events/kprobes/seen/enable", "1")',
  'pipe = os.open(tracing + "trace_pipe", os.O_RDONLY | os.O_NONBLOCK)',
  'print("ready", flush=True)',
  'rest, count, goes_on = b"", 0, True',
  "while goes_on:",
  "    goes_on = sys.stdin not in select.select([sys.stdin, pipe], [], [])[0]",
  "    while True:",
  "        try: found = os.read(pipe, 65536)",
  "        except BlockingIOError: break",
  "        *lines, rest = (rest + found).split(bytes([10]))",
  '        count += sum(b"__x64_sys_execve" in line for line in lines)',
  // Words end with a null pointer; what follows it are not words.
  '        for line in (line.split(b"=(fault)")[0] for line in lines):',
  '            any(needle in line for needle in needles) and print("SEEN", line, flush=True)',
  "os.close(pipe)",
  'write("events/kprobes/seen/enable", "0")',
  'write("kprobe_events", "-:seen")',
  'print("LOOKED AT", count, flush=True)',
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
        timeoutMs: 1_200_000,
      });
      await poll(`the watcher on ${host} to look`, () => text.includes("ready"));
      return async () => {
        process.finish();
        await process.ended;
        await lab.host(host).exec(`rm ${needleFile}`);
        const { SEEN = [], LOOKED: looked = [] } = Object.groupBy(text.split("\n"), (line) => line.split(" ")[0] ?? "");
        seen.push(...SEEN);
        // A watcher that sees nothing at all would find nothing either.
        if (!(Number(looked[0]?.split(" ")[2]) > 10))
          seen.push(`${host}: hardly a command line was looked at: ${text}`);
      };
    }),
  );
  const timer = setInterval(() => {
    seen.push(...ownCommandLines().filter((line) => needles.some((needle) => line.includes(needle))));
  }, 100);
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
