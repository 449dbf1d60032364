import type { LabHost } from "../../../lab/host";
import { poll } from "../../../lab/poll";

/** Programs by which the agent changes a host or its own records. What only reads is no step. */
const programs = ["ip", "nft", "birdc", "systemctl", "systemd-run", "cp", "mv", "rm", "mkdir", "sync", "sleep"];

/** Where the agent, and what it calls, write what outlives a power cut. */
const kept = ["/var/lib/extrude", "/etc", "/usr/local/sbin"];

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
      `  [ ! -e $steps/disk ] || find ${kept.join(" ")} -printf '%p %i %s %T@\\n' | cksum >>$steps/disk`,
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

  /** Begins to count; the change stops before its step number `stop`. */
  public async begin(stop = 0, { watchDisk = false } = {}): Promise<void> {
    const files = [`echo 0 >count`, `echo ${stop} >stop`, ...(watchDisk ? [": >disk"] : [])];
    await this.host.exec(`rm -rf /run/steps && mkdir /run/steps && cd /run/steps && ${files.join(" && ")}`);
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
   * The numbers of the steps before which something on the disk has changed, or been made to stay there, since the step
   * before. A power cut at any other one finds what it would have found there.
   */
  public async onDisk(): Promise<number[]> {
    const { stdout } = await this.host.exec("cd /run/steps && cut -d ' ' -f 1 log | paste - disk");
    const all = stdout.split("\n").slice(0, -1);
    const [programs, disks] = [all.map((line) => line.split("\t")[0]), all.map((line) => line.split("\t")[1])];
    return all.flatMap((_, index) => {
      const isSame = index > 0 && disks[index] === disks[index - 1] && programs[index - 1] !== "sync";
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
