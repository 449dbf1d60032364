/**
 * What encapsulations cost a processor, relative to forwarding the same packets plainly. One machine of the lab forwards
 * as fast as it can from one namespace to another: plainly, and in each encapsulation, in turns. It has one emulated
 * processor, which also takes the packets out of the tunnel again, so that the ratio is that of both ends together.
 *
 *     npm run bench:encapsulations [-- LAB]
 */
import Table from "cli-table3";
import { Lab, type LabHost } from "../lab";

const rounds = 5;
const secondsPerRound = 4;
/** Of UDP's payload: a large packet that fits into every tunnel. */
const payload = 1360;

/** How each way's packets are addressed. */
const ways = {
  plain: "10.2.0.2",
  gre: "10.3.0.2",
  wireguard: "10.4.0.2",
  "gre-ipsec": "10.5.0.2",
  ipsec: "10.6.0.2",
} as const;
type Way = keyof typeof ways;

/** Namespaces a and b, joined by the machine; b can be reached through a tunnel of each kind as well. */
const setUp = `
set -eu
umask 077
for end in a b; do ip netns add $end; ip link add v$end type veth peer name v0 netns $end; done
ip address add 10.1.0.1/24 dev va; ip address add 10.2.0.1/24 dev vb
ip -n a address add 10.1.0.2/24 dev v0; ip -n b address add 10.2.0.2/24 dev v0
for link in va vb; do ip link set $link up; echo 1 >/proc/sys/net/ipv4/conf/$link/forwarding; done
for end in a b; do ip -n $end link set v0 up; ip -n $end link set lo up; done
ip -n a route add default via 10.1.0.1
ip -n b address add 10.3.0.2/32 dev lo; ip -n b address add 10.4.0.2/32 dev lo
ip link add g type gre local 10.2.0.1 remote 10.2.0.2 ttl 64
ip -n b link add g type gre local 10.2.0.2 remote 10.2.0.1 ttl 64
ip link add w type wireguard; ip -n b link add w type wireguard
mkdir /run/bench; cd /run/bench
for end in here there; do wg genkey >$end; done
wg set w listen-port 5001 private-key here peer "$(wg pubkey <there)" endpoint 10.2.0.2:5001 allowed-ips 0.0.0.0/0
ip netns exec b wg set w listen-port 5001 private-key there peer "$(wg pubkey <here)" endpoint 10.2.0.1:5001 allowed-ips 0.0.0.0/0
for link in g w; do ip link set $link up; ip -n b link set $link up; echo 1 >/proc/sys/net/ipv4/conf/$link/forwarding; done
ip route add 10.3.0.2/32 dev g; ip route add 10.4.0.2/32 dev w
ip -n b rule add from 10.3.0.2 lookup 300; ip -n b route add default dev g table 300
ip -n b rule add from 10.4.0.2 lookup 400; ip -n b route add default dev w table 400
ip -n b route add 10.1.0.0/24 via 10.2.0.1
for way in 5 6; do
  ip address add 10.2.0.\${way}1/24 dev vb; ip -n b address add 10.2.0.\${way}2/24 dev v0
  ip -n b address add 10.$way.0.2/32 dev lo
done
ip link add e5 type gre local 10.2.0.51 remote 10.2.0.52 ttl 64
ip -n b link add e5 type gre local 10.2.0.52 remote 10.2.0.51 ttl 64
ip link add e6 type xfrm dev vb if_id 6; ip -n b link add e6 type xfrm dev v0 if_id 6
secure() { # IP WAY MODE SELECTOR IF_ID, as rendering/ipsec.ts has charon agree on
  for ends in "\${2}1 \${2}2 1" "\${2}2 \${2}1 2"; do
    set -- "$1" "$2" "$3" "$4" "$5" $ends
    $1 xfrm state add src 10.2.0.$6 dst 10.2.0.$7 proto esp spi $2$8 reqid $2 mode $3 replay-window 32 $5 \
      aead 'rfc4106(gcm(aes))' 0x\${2}${"0".repeat(37)}$8$8 128
  done
}
protect() { # IP DIRECTION FROM TO WAY MODE SELECTOR IF_ID
  $1 xfrm policy add $7 dir $2 $8 tmpl src 10.2.0.$3 dst 10.2.0.$4 proto esp reqid $5 mode $6
}
for ip in ip "ip -n b"; do
  secure "$ip" 5 transport '' ''
  secure "$ip" 6 tunnel '' 'if_id 6'
done
for way in "5 transport" "6 tunnel"; do
  set -- $way
  case $1 in 5) here='src 10.2.0.51 dst 10.2.0.52 proto gre' there='src 10.2.0.52 dst 10.2.0.51 proto gre' id='' ;; *) here='' there='' id='if_id 6' ;; esac
  protect ip out \${1}1 \${1}2 $1 $2 "$here" "$id"; protect "ip -n b" in \${1}1 \${1}2 $1 $2 "$here" "$id"
  protect "ip -n b" out \${1}2 \${1}1 $1 $2 "$there" "$id"; protect ip in \${1}2 \${1}1 $1 $2 "$there" "$id"
  protect ip fwd \${1}2 \${1}1 $1 $2 "$there" "$id"
  ip link set e$1 up; ip -n b link set e$1 up; echo 1 >/proc/sys/net/ipv4/conf/e$1/forwarding
  ip route add 10.$1.0.2/32 dev e$1
  ip -n b rule add from 10.$1.0.2 lookup \${1}00; ip -n b route add default dev e$1 table \${1}00
  echo 0 | ip netns exec b tee /proc/sys/net/ipv4/conf/e$1/rp_filter >/dev/null
done
ip netns exec b sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; for link in g w; do echo 0 >/proc/sys/net/ipv4/conf/$link/rp_filter; done'
`;
const tearDown = [
  "for end in a b; do ip netns del $end; done",
  "for link in g w e5 e6; do ip link del $link; done",
  "for way in 5 6; do ip xfrm state deleteall reqid $way; ip xfrm policy deleteall; done",
  "rm -r /run/bench",
].join("\n");

/** Mbit/s that arrive. */
async function throughput(host: LabHost, way: Way): Promise<number> {
  const target = ways[way];
  const server = `timeout 30 ip netns exec b iperf3 --server --one-off --bind ${target} >/dev/null`;
  const client = `timeout 30 ip netns exec a iperf3 --client ${target} --udp --bitrate 0 --length ${payload} --time ${secondsPerRound} --json`;
  const { stdout } = await host.exec(
    `${server} & until ip netns exec b ss -Hltn sport = 5201 | grep -q .; do sleep 0.1; done; ${client}; wait`,
    { timeoutMs: 60_000 },
  );
  const { end } = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e6;
}

const median = (found: readonly number[]): number =>
  [...found].sort((one, other) => one - other)[Math.floor(found.length / 2)] ?? NaN;

async function main(): Promise<void> {
  const [given] = process.argv.slice(2);
  const say = (sentence: string): void => {
    process.stderr.write(`${sentence}\n`);
  };
  const lab = given === undefined ? await Lab.up({ name: `bench-${process.pid}`, say }) : Lab.attach(given);
  const host = lab.host("colo");
  const found: Record<Way, number[]> = { plain: [], gre: [], wireguard: [], "gre-ipsec": [], ipsec: [] };
  try {
    await host.exec("sh -s", { input: setUp });
    for (let round = 1; round <= rounds; round += 1) {
      for (const way of Object.keys(ways) as Way[]) found[way].push(await throughput(host, way));
      say(`round ${round} of ${rounds} is done`);
    }
  } finally {
    await host.exec(tearDown, { allowFailure: true });
    if (given === undefined) await lab.down();
    else await lab.detach();
  }
  const table = new Table({
    head: ["way", "Mbit/s (median)", "processor time, relative to plain"],
    style: { head: [] },
  });
  for (const way of Object.keys(ways) as Way[]) {
    // Of the same round: what else happens on this machine is in both.
    const ratios = found.plain.map((plain, round) => plain / (found[way][round] ?? NaN));
    table.push([way, median(found[way]).toFixed(0), median(ratios).toFixed(2)]);
  }
  console.log(table.toString());
}

void main();
