import type { Colo } from "../../planning/colo";
import { coloNames } from "../../planning/colo";
import { interfaceName, symbol } from "../../planning/names";
import { renderUnit, type Unit } from "../../rendering/unit";
import { commandToApply, commandToRemove, CustomersUnits, type Party } from "./customer-fixture";

/** What a customer may send by SSH to hurt another, or the colo. */
export interface Attack {
  readonly title: string;
  readonly command: string;
  readonly input?: string;
  /** What the answer says of it. */
  readonly refusal: RegExp;
}

const agent = "sudo -n /usr/local/sbin/extrudectl";
const unknown = /may apply and remove units of its own, and ask for status, drift, restore and version; not '/;
const foreign = /is no unit of extrude-/;
const misplaced = /line \d+ is none that the colo takes from customers there/;
const notGiven = /is in none of the prefixes of extrude-/;
const notOwn = /may not stand here, but /;
const noTunnel = /is no tunnel of extrude-/;
const notThere = /no tunnel of extrude-[a-z]+ may lead to /;

/** The attacks of one customer, whose site and whose victim's site are up. */
export function attacksOf(attacker: Party, victim: Party, colo: Colo): Attack[] {
  const own = new CustomersUnits(attacker, colo);
  const other = new CustomersUnits(victim, colo);
  const parts: Parts = { own, other, attacker, victim, colo };
  return [...verbs(parts), ...names(parts), ...claims(parts), ...tunnels(parts), ...fragments(parts), ...others(parts)];
}

interface Parts {
  readonly own: CustomersUnits;
  readonly other: CustomersUnits;
  readonly attacker: Party;
  readonly victim: Party;
  readonly colo: Colo;
}

const ask = (title: string, command: string, refusal = unknown): Attack => ({ title, command, refusal });

function send(title: string, unit: Unit | string, refusal: RegExp, input = ""): Attack {
  return { title, command: commandToApply(typeof unit === "string" ? unit : renderUnit(unit)), input, refusal };
}

/** A rendered unit in which a line is another, or others follow it. */
function changed(unit: Unit, line: string | RegExp, ...others: readonly string[]): string {
  const text = renderUnit(unit);
  const made = text.replace(line, () => others.join("\n"));
  if (made === text) throw new Error(`${unit.name} has no line ${String(line)}.`);
  return made;
}

/** A rendered unit with more lines before its end. */
function ending(unit: Unit, ...lines: readonly string[]): string {
  return changed(unit, /^\[end\]$/m, ...lines, "[end]");
}

function verbs({ own }: Parts): Attack[] {
  const remove = commandToRemove(own.name("bond", "office"));
  return [
    ask("asks for a shell", "bash -i"),
    ask("adds a command to one that is allowed", `${agent} status; id`),
    ask("adds a command on a second line", `${agent} status\nid`),
    ask("adds a command after the host's name", `${remove}; id`),
    ask("puts a command into the host's name", `${remove}$(id)`),
    ask("puts a command into the unit's name", `${agent} apply $(id)`),
    ask("asks for the program that copies files", "/usr/lib/openssh/sftp-server"),
    ask("brings an agent of its own", `${agent} install`),
    ask("lists everybody's units", `${agent} facts`),
    ask("reads everybody's units", `${agent} inspect`),
    ask("captures packets", `${agent} capture`),
    ask("takes back a change that is under way", `${agent} rollback`),
    ask("disables the routes of dead tunnels", `${agent} guard`),
    ask("comes in by its own door once more", `${agent} customer`),
    ask("sends control characters into the journal", "status \u001b[2J\u0007"),
  ];
}

function names({ own, other, colo }: Parts): Attack[] {
  const address = own.address();
  const renamed = (name: string): string => changed(address, /^unit .*$/m, `unit ${name}`);
  const theirs = `unit ${other.name("address", "vpn")}`;
  return [
    send("replays a unit of the other's", other.bond(), foreign),
    send("changes a unit of the other's", changed(other.bond(), / weight \d+/, " weight 7"), foreign),
    ask("removes a unit of the other's", commandToRemove(other.name("uplink", "dsl")), foreign),
    ask("removes the colo", commandToRemove(colo.unit), foreign),
    ask("climbs out of its names", `${agent} remove ${own.name("bond", "..")} --as rack`, /is not a unit's name/),
    {
      title: "names a unit of its own, and sends one of the other's",
      command: commandToApply(renderUnit(other.address()), address.name),
      refusal: /the unit on stdin is .*, not /,
    },
    {
      title: "has both names in one unit",
      command: commandToApply(changed(address, /^host /m, `unit ${address.name}`, "host "), address.name).replace(
        `unit ${address.name}`,
        theirs,
      ),
      refusal: notOwn,
    },
    send("takes a name that begins like its own", renamed(own.name("address", "vpn").replace("/", "bet/")), foreign),
    send("makes itself another customer", renamed(own.name("customer", "me")), /kind customer is not a customer's to/),
    send("makes a colo of its own", renamed(own.name("colo", "mine")), /kind colo is not a customer's to/),
    send(
      "needs a unit of the other's, which could not leave then",
      changed(own.bond(), /^need (?!.*\/colo\/).*$/m, `need ${other.name("uplink", "dsl")}`),
      foreign,
    ),
  ];
}

function claims({ own, victim, colo }: Parts): Attack[] {
  const withAddress = (text: string): string =>
    renderUnit(own.address()).replaceAll(/77\.1\.2\.\d+(?= |\/32|$)/gm, text);
  return [
    send("claims an address of the other's", own.address({ address: victim.address }), notGiven),
    send("claims it in another spelling", withAddress(victim.address.replace(/\.(\d+)$/, ".0$1")), notGiven),
    send("claims a network that holds both's", own.address({ address: "77.1.3.0/24", acquire: "routed" }), notGiven),
    send("claims the whole internet", withAddress("0.0.0.0").replaceAll("/32", "/0"), notGiven),
    send("answers ARP for the gateway", withAddress(colo.gateway ?? ""), notGiven),
    send("answers ARP for the colo", withAddress(colo.address), notGiven),
    send("claims an interface of another name", changed(own.uplink(), /^claim link .*$/m, "claim link eth0"), notOwn),
    send("claims the default route", changed(own.bond(), /^claim /m, "claim default-route", "claim "), misplaced),
    send("claims a routing table", changed(own.uplink(), /^claim /m, "claim table 1019228711", "claim "), misplaced),
  ];
}

function tunnels({ own, other, attacker, victim, colo }: Parts): Attack[] {
  const theirs = interfaceName(other.name("uplink", "dsl"));
  const element = (added: string): string =>
    changed(own.bond(), /^\[bird\]$/m, `add element inet ${coloNames(colo.unit).symbol} ${added}`, "[bird]");
  const wireguard = { encapsulation: "wireguard" } as const;
  return [
    send("ends a tunnel at the other's line", own.uplink({ address: victim.line }), notThere),
    send(
      "has the other's plain tunnel dropped",
      own.uplink({ address: victim.line, encapsulation: "gre-ipsec" }),
      notThere,
      `x ${"A".repeat(43)}=\n`,
    ),
    send("leads a tunnel to the gateway", own.uplink({ address: colo.gateway ?? "" }), notThere),
    send(
      "leads its tunnel elsewhere than it says",
      changed(own.uplink(), / remote \S+ /, " remote 8.8.8.8 "),
      /is another remote than before/,
    ),
    send("takes the port of the colo's IKE", own.uplink({ ...wireguard, port: 4501 }), /the UDP port 4501 is neither /),
    send(
      "listens elsewhere than it says",
      changed(own.uplink(wireguard), / listen-port \d+ /, " listen-port 53 "),
      /the UDP port 53 is neither /,
    ),
    send("lets the other's tunnel carry its address", changed(own.bond(), /"x-[^"]*"/, `"${theirs}"`), noTunnel),
    send("lets its tunnel carry the other's address", changed(own.bond(), /(?<=" \. )\S+/, victim.address), notGiven),
    send(
      "routes the other's address to itself",
      changed(own.bond(), /(?<=\troute )\S+/, `${victim.address}/32`),
      notGiven,
    ),
    send("routes its address by the other's tunnel", changed(own.bond(), /%'x-[^']*'/, `%'${theirs}'`), noTunnel),
    send(
      "names its routes like the other's",
      changed(own.bond(), /static x_\w+_tier1/, `static ${symbol(other.name("bond", "office"))}_tier1`),
      misplaced,
    ),
    send("spreads the other's packets", element(`packets { ${victim.address} . 0-99 : goto path1 }`), notGiven),
    send("places the other's connections", element(`connections { ${victim.address} . 7 : goto path1 }`), notGiven),
    send("has answers go by the other's tunnel", element(`came { "${theirs}" : goto came1 }`), noTunnel),
    send("leads its packets past the filters", element(`packets { ${attacker.address} . 0-99 : accept }`), misplaced),
    send(
      "holds the other's tunnel down",
      changed(
        own.bond(),
        /^\[bird\]$/m,
        "[damping]",
        `${coloNames(colo.unit).symbol} held 3600 3600 ${theirs}`,
        "[bird]",
      ),
      noTunnel,
    ),
  ];
}

function fragments({ own, other, colo }: Parts): Attack[] {
  const table = coloNames(colo.unit).symbol;
  const theirs = interfaceName(other.name("uplink", "dsl"));
  const inIp = (line: string): string => changed(own.uplink(), /^\[ip\]$/m, "[ip]", line);
  return [
    send("takes the other's tunnel down", inIp(`link set ${theirs} down`), misplaced),
    send("deletes the other's tunnel", inIp(`link del ${theirs}`), misplaced),
    send("makes a default route", inIp("route add default dev lo"), misplaced),
    send("makes a rule", inIp("rule add priority 1 unreachable"), misplaced),
    send("deletes the colo's filters", ending(own.uplink(), "[nft]", `delete table inet ${table}`), misplaced),
    send(
      "empties the set of senders",
      changed(own.bond(), /^\[nft-elements\]$/m, "[nft-elements]", `flush set inet ${table} sources`),
      misplaced,
    ),
    send(
      "ends a line of nft with another",
      changed(own.uplink(), / tunnels \{.*$/m, ` tunnels { "x" }; flush ruleset`),
      misplaced,
    ),
    send(
      "switches forwarding off",
      changed(own.uplink(), /^\[sysctl\]$/m, "[sysctl]", "net/ipv4/ip_forward = 0"),
      misplaced,
    ),
    send("has BIRD read a file", changed(own.bond(), /^\[bird\]$/m, "[bird]", 'include "/etc/shadow";'), misplaced),
    send("leaves a brace of BIRD's open", changed(own.bond(), /\n\}\n/, "\n"), misplaced),
    send(
      "kills BIRD's filter of its routes",
      changed(own.bond(), /preference 200; \};/, "preference 200; export all; };"),
      misplaced,
    ),
    send("keeps the colo waiting", changed(own.uplink(), /^drain 1$/m, "drain 86400"), misplaced),
    send("has a package installed", changed(own.uplink(), /^need /m, "require command x evil", "need "), misplaced),
    send(
      "guards the other's routes",
      ending(own.bond(), "[guard]", `${symbol(other.name("bond", "office"))}_last 1 x 1.1.1.1`),
      misplaced,
    ),
    send("follows a line of the colo's", ending(own.uplink(), "[lines]", "x eth0"), misplaced),
  ];
}

function others({ own, colo }: Parts): Attack[] {
  const { encapsulation, psk } = { encapsulation: "ipsec" as const, psk: `${"A".repeat(43)}=` };
  const tunnel = interfaceName(own.name("uplink", "dsl"));
  const forged: Colo = { ...colo, unit: colo.unit.replace(/[^/]+$/, "forged") };
  const party = own.party;
  return [
    send("hides a line behind the unit's end", own.address(), misplaced, "[ip]\n"),
    send("puts swanctl's text into a key", own.uplink({ encapsulation }), misplaced, `${tunnel} ${psk}\n}\n`),
    send("puts a brace into a key", own.uplink({ encapsulation }), misplaced, `${tunnel} 0s"}\n`),
    send(
      "has a null character in a key",
      own.uplink({ encapsulation }),
      /holds characters that no unit has/,
      `${tunnel} ${psk}\0x\n`,
    ),
    send("leaves the key out", own.uplink({ encapsulation }), /it is not complete/),
    send("builds on a forged contract", new CustomersUnits(party, forged).address(), misplaced),
    send(
      "builds on another interface of the colo's",
      new CustomersUnits(party, { ...colo, interface: "lo" }).address(),
      misplaced,
    ),
    send("sends more than any unit has", own.address(), /has more than \d+ bytes/, "x".repeat(262_200)),
    send("sends part of a unit", renderUnit(own.bond()).split("[bird]")[0] ?? "", /arrived cut off|not complete/),
  ];
}
