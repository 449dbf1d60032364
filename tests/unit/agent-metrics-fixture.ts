import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentHost, type ShellName, unitText } from "./agent-host";

export const uplink = (name: string, tunnel: string, ...more: string[]): string =>
  unitText(`uplink/${name}`, ...more, "[ip]", `link add ${tunnel} type gre local 55.1.2.3 remote 77.1.2.2`);

/** A host whose files have times, and whose watcher runs unless there is a file `stopped`. */
export function meteredHost(folder: string, shell: ShellName = "dash"): AgentHost {
  const agent = new AgentHost(folder, shell);
  for (const [program, text] of Object.entries({
    stat: 'for each; do case $each in */*/*/*/*) echo "extrude_unit_applied_timestamp_seconds{unit=\\"$each\\"} 1500" ;; esac; done',
    systemctl: 'echo "systemctl $*" >>"$HOST/log"; case $* in *is-active*) [ ! -e "$HOST/stopped" ] ;; esac',
  })) {
    writeFileSync(join(folder, "bin", program), `#!/bin/sh\nHOST='${folder}'\n${text}\n`);
    chmodSync(join(folder, "bin", program), 0o755);
  }
  return agent;
}

/** An interface with counters, each of its own value. */
export function countingLink(folder: string, device: string): void {
  const statistics = ["bytes", "packets", "errors", "dropped"].flatMap((what) => [`rx_${what}`, `tx_${what}`]);
  mkdirSync(join(folder, "net", device, "statistics"), { recursive: true });
  writeFileSync(join(folder, "net", device, "mtu"), "1476\n");
  statistics.forEach((file, index) => {
    writeFileSync(join(folder, "net", device, "statistics", file), `${index + 1}234567890123\n`);
  });
}

/** A host that has something of everything that is counted. */
export function busyHost(folder: string, shell: ShellName = "dash"): AgentHost {
  const agent = meteredHost(folder, shell).holding(
    unitText("colo/toronto", "claim nft x_toronto_a", "[nft]", "table inet x_toronto_a {", "}"),
    uplink("dsl", "x-dsl-a"),
    unitText("uplink/lte", "[bfd]", "neighbor fe80::1%'x-dsl-a';", "[ip]", "link add x-lte-c type wireguard"),
    uplink("cable@2", "x-cable-b"),
    unitText(
      "bond/office",
      "[quality]",
      "x_office q 20 10 0 0 fe80::1 x-dsl-a,x-cable-b",
      "[guard]",
      "x_last 60 x-dsl-a,x-cable-b 77.1.2.3",
    ),
  );
  countingLink(folder, "x-dsl-a");
  countingLink(folder, "x-cable-b");
  agent.write("module/wireguard/x", "");
  agent.write("bin/wg", "#!/bin/sh\nprintf 'x-lte-c\\tPUBLIC-KEY\\t1764259200\\nx-other\\tPUBLIC-KEY\\t5\\n'\n");
  agent.write("run/charon/toronto.conf", "");
  agent.write("proc-xfrm", "XfrmInStateProtoError  \t7\nXfrmOutNoStates  \t0\n");
  agent.write("run/quality", "x-dsl-a 1 2 35 48.2\nx-cable-b 0 0 100 -\nx-lte-c 1 1 50 9\n");
  agent.write("run/bird.pid", `${process.pid}\n`);
  agent.write("sessions", "fe80::1 x-dsl-a Up 10:00:00.000 0.200 0.600\nfe80::1 x-other Up 10:00:00.000 1 3\n");
  agent.write(
    "ruleset",
    [
      "table inet x_toronto_a {",
      "\tchain antispoof {",
      "\t\tiifname @held udp dport 3784 counter packets 9 bytes 900 drop",
      "\t\tiifname @tunnels counter packets 5 bytes 400 drop",
      "\t\tiifname @tunnels meta nfproto ipv6 counter packets 2 bytes 160 drop",
      "\t}",
      "}",
      "table inet mine {",
      "\tchain antispoof {",
      "\t\tcounter packets 77 bytes 1 drop",
      "\t}",
      "}",
    ].join("\n"),
  );
  agent.write("run/counted.repairs", "3 repaired\n");
  agent.write("run/counted.tunnels", "4 tunnel x-dsl-a is down\n5 tunnel x-dsl-a is up\n");
  agent.write("run/guard.x_last.acted", "");
  agent.write("state/broken", "a: x\nb: y\n");
  return agent;
}
