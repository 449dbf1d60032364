import type { LabHost } from "../../../lab/host";
import { poll } from "../../../lab/poll";

/** Programs by which the agent changes a host or its own records. What only reads is no step. */
const programs = ["ip", "nft", "birdc", "systemctl", "systemd-run", "cp", "mv", "rm", "mkdir", "sync", "sleep"];

export type Fault = "kill" | "power cut";

/** Where the agent, and what it calls, write what outlives a power cut. */
const kept = ["/var/lib/extrude", "/etc", "/usr/local/sbin"];

/** What an agent writes for itself alone, and the next one anew (finish() of the agent). */
const scratch = ["old", "new", "all", "standing", "none", "unit", "repaired", "bird/next"];
const working = ["charon", "forms", "login", "ip", "wg", "nft", "sysctl", "arm"];
const passedOver = [...scratch, ...working.map((name) => `${name}.*`)].map((name) => `-path '/run/extrude/${name}'`);

/** Shell: prints everything of a host that a fault may find different. */
const findings: Record<Fault, readonly string[]> = {
  "power cut": [`find ${kept.join(" ")} -printf '%p %i %s %T@\\n'`],
  kill: [
    `find ${kept.join(" ")} /run/systemd/transient -printf '%p %i %s %T@\\n'`,
    `find /run/extrude \\( ${passedOver.join(" -o ")} \\) -prune -o -type f -printf '%p %i %s %T@\\n'`,
    "printf 'address show\\nrule show\\nroute show table all\\nneigh show proxy\\n' | /sbin/ip -d -batch -",
    "printf 'rule show\\nroute show table all\\nneigh show proxy\\n' | /sbin/ip -6 -batch -",
    "/usr/sbin/nft -s list ruleset",
    "/sbin/tc qdisc show",
    "cat /proc/sys/net/ipv[46]/conf/*/forwarding /proc/sys/net/ipv4/conf/*/rp_filter",
  ],
};

/** What has an effect that shows only later, or nowhere. */
const hidden: Record<Fault, readonly string[]> = { "power cut": ["sync"], kill: ["birdc", "systemctl", "systemd-run"] };

/**
 * Counts the programs that a change calls, and can stop it before any of them, so that a fault strikes just there. The
 * stand-ins come first on the agent's PATH, and act only within the service in which a change runs.
 */
export class Steps {
  private constructor(private readonly host: LabHost) {}

  public static async on(host: LabHost): Promise<Steps> {
    const standIn = [
      "#!/bin/sh",
      "program=${0##*/}",
      "steps=/run/steps",
      '[ -z "${EXTRUDE_SERVICE:-}" ] || [ ! -d $steps ] || {',
      "  count=$(($(cat $steps/count) + 1))",
      "  echo $count >$steps/count",
      '  echo "$program $*" >>$steps/log',
      "  [ ! -e $steps/find ] || sh $steps/find </dev/null 2>&1 | cksum >>$steps/found",
      "  if [ $count = $(cat $steps/stop) ]; then",
      "    : >$steps/reached",
      "    while [ ! -e $steps/go ]; do /bin/sleep 0.1; done",
      "  fi",
      "}",
      'for folder in /usr/sbin /usr/bin; do [ ! -x $folder/$program ] || exec $folder/$program "$@"; done',
    ].join("\n");
    const install = programs.map((program) => `ln -sf step /usr/local/bin/${program}`).join("\n");
    await host.exec(`cat >/usr/local/bin/step\nchmod 755 /usr/local/bin/step\n${install}\nsync`, { input: standIn });
    return new Steps(host);
  }

  /** Begins to count; the change stops before its step number `stop`. For `distinct`, what the fault may find is watched. */
  public async begin(stop = 0, watch?: Fault): Promise<void> {
    const files = ["echo 0 >count", `echo ${stop} >stop`, ...(watch === undefined ? [] : ["cat >find"])];
    await this.host.exec(`rm -rf /run/steps && mkdir /run/steps && cd /run/steps && ${files.join(" && ")}`, {
      input: watch === undefined ? "" : findings[watch].join("\n"),
    });
  }

  /** Waits until the change stands at its step, or is over. False if it has fewer steps. */
  public async reached(isOver: () => boolean): Promise<boolean> {
    let reached = false;
    await poll(
      "the change to reach its step, or its end",
      async () => {
        reached = (await this.host.exec("test -e /run/steps/reached", { allowFailure: true })).code === 0;
        return reached || isOver();
      },
      { intervalMs: 50, deadlineMs: 60_000 },
    );
    return reached;
  }

  /**
   * The numbers of the steps before which the host is not what it was before the step before. The fault at any other one
   * finds what it would have found there.
   */
  public async distinct(fault: Fault): Promise<number[]> {
    const { stdout } = await this.host.exec("cd /run/steps && cut -d ' ' -f 1 log | paste - found");
    const all = stdout.split("\n").slice(0, -1);
    const [programs, found] = [all.map((line) => line.split("\t")[0] ?? ""), all.map((line) => line.split("\t")[1])];
    return all.flatMap((_, index) => {
      const isSame =
        index > 0 && found[index] === found[index - 1] && !hidden[fault].includes(programs[index - 1] ?? "");
      return isSame ? [] : [index + 1];
    });
  }

  /** The steps so far, each as it was called. */
  public async end(): Promise<string[]> {
    const { stdout } = await this.host.exec("cat /run/steps/log 2>/dev/null; rm -rf /run/steps");
    return stdout.split("\n").slice(0, -1);
  }

  public async go(): Promise<void> {
    await this.host.exec("touch /run/steps/go");
  }

  public async remove(): Promise<void> {
    const names = ["step", ...programs].map((program) => `/usr/local/bin/${program}`);
    await this.host.exec(`rm -rf /run/steps ${names.join(" ")}`);
  }
}
