import type { LabHost } from "../../../lab/host";
import { poll } from "../../../lab/poll";

/** Programs by which the agent changes a host or its own records. What only reads is no step. */
const programs = ["ip", "nft", "birdc", "systemctl", "systemd-run", "cp", "mv", "rm", "mkdir", "sync", "sleep"];

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
  public async begin(stop = 0): Promise<void> {
    await this.host.exec(
      `rm -rf /run/steps && mkdir /run/steps && echo 0 >/run/steps/count && echo ${stop} >/run/steps/stop`,
    );
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
