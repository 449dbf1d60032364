import { checkAnyAddress } from "./addresses";
import { checkBalance } from "./balance";
import type { BondArguments, BondMember } from "./bond";
import { carriedBy, checkCarried, checkOverlaps } from "./carried";
import { checkColoReference } from "./colo";
import { checkDamping } from "./damping";
import { checkDeliveries, type Surroundings } from "./delivery";
import { checkLineGateway, isDynamic } from "./line";
import { checkInterface, checkName, checkUnitReference } from "./names";
import { checkPolicy, type PolicySurroundings } from "./policy";
import { checkSiteNetworks } from "./networks";
import { type Problem, problem, quoteValue } from "./problems";
import { checkQuality } from "./quality";
import { checkShares } from "./shares";
import type { UplinkFacts } from "./uplink";
import { whenDownChoices } from "./when-down";

/** What deliveries and policies have to fit in with. */
export function surroundingsOf({ addresses, uplinks, colo }: BondArguments): Surroundings & PolicySurroundings {
  return {
    uplinks: uplinks.map(({ uplink }) => uplink.name),
    addresses: carriedBy(addresses.map(({ address }) => address)).ipv4.addresses,
    lines: uplinks.map(({ uplink }) => uplink.interface),
    gateway: colo.gateway,
  };
}

/** All that is wrong with a bond, but for its own name. */
export function checkBond(args: BondArguments): Problem[] {
  const problems = [...checkColoReference("colo", args.colo), ...checkName("router", args.router)];
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  if (args.uplinks.length === 0) say("bond-without-uplink", "uplinks", "is empty, so nothing could carry the address.");
  const { ipv4 } = carriedBy(args.addresses.map(({ address }) => address));
  if (args.addresses.length === 0) say("bond-without-address", "addresses", "is empty, so there is nothing to carry.");
  else if (ipv4.addresses.length === 0) {
    say("bond-without-address", "addresses", "has no IPv4 address, by which the site's IPv4 traffic could leave.");
  }
  args.uplinks.forEach((member, index) => {
    problems.push(...checkMember(member, `uplinks[${index}]`, args));
  });
  args.addresses.forEach(({ unit, address, colo }, index) => {
    problems.push(...checkUnitReference(`addresses[${index}].unit`, unit, "address"));
    problems.push(...checkCarried(`addresses[${index}].address`, address));
    if (colo !== args.colo.unit) {
      say(
        "address-of-other-colo",
        `addresses[${index}]`,
        `${address} is extruded by ${colo}, not by ${args.colo.unit}.`,
      );
    }
  });
  const surroundings = surroundingsOf(args);
  problems.push(...checkDistinct(args), ...checkDeliveries(args.deliveries ?? [], surroundings));
  problems.push(...checkSiteNetworks(args.networks, args.colo));
  problems.push(...checkPolicy(args, surroundings), ...checkShares(args.uplinks));
  problems.push(...checkBalance(args.balance, args.uplinks));
  problems.push(...checkDamping(args.damping), ...checkQuality(args.quality));
  const { whenDown, hold } = args;
  if (whenDown !== undefined && !whenDownChoices.some((choice) => choice === whenDown)) {
    say("choice-invalid", "whenDown", `${quoteValue(whenDown)} is not "direct" or "block".`);
  }
  if (hold !== undefined && !(Number.isInteger(hold) && hold >= 1 && hold <= 3600)) {
    say("hold-invalid", "hold", `${quoteValue(hold)} is out of range.`);
  }
  return problems;
}

function checkMember({ uplink, weight, metric }: BondMember, argument: string, args: BondArguments): Problem[] {
  const problems = checkUplinkReference(`${argument}.uplink`, uplink);
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  if (weight !== undefined && !(Number.isInteger(weight) && weight >= 1 && weight <= 256)) {
    say("weight-invalid", `${argument}.weight`, `${quoteValue(weight)} is not a weight.`);
  }
  if (metric !== undefined && !(Number.isInteger(metric) && metric >= 0 && metric <= 15)) {
    say("metric-invalid", `${argument}.metric`, `${quoteValue(metric)} is not a metric.`);
  }
  if (uplink.colo !== args.colo.unit) {
    say(
      "uplink-of-other-colo",
      `${argument}.uplink`,
      `${uplink.name} ends at ${uplink.colo}, not at ${args.colo.unit}.`,
    );
  }
  if (uplink.router !== args.router) {
    say(
      "uplink-of-other-router",
      `${argument}.uplink`,
      `${uplink.name} is a line of ${uplink.router}, not of ${args.router}.`,
    );
  }
  return problems;
}

/** What another component says of an uplink. A tunnel's MTU is 0 where the uplink itself has problems to report. */
function checkUplinkReference(argument: string, uplink: UplinkFacts): Problem[] {
  return [
    ...checkUnitReference(`${argument}.unit`, uplink.unit, "uplink"),
    ...checkName(`${argument}.name`, uplink.name),
    ...checkInterface(`${argument}.interface`, uplink.interface),
    ...(isDynamic(uplink.address) ? [] : checkAnyAddress(`${argument}.address`, uplink.address)),
    ...(uplink.gateway === undefined ? [] : checkLineGateway(`${argument}.gateway`, uplink.gateway, uplink.address)),
    ...(Number.isInteger(uplink.tunnelMtu) && uplink.tunnelMtu >= 0 && uplink.tunnelMtu <= 9000
      ? []
      : [problem("mtu-invalid", `${argument}.tunnelMtu`, `${quoteValue(uplink.tunnelMtu)} is not an MTU.`)]),
  ];
}

/** The indices of the first two equal keys. */
function firstTwin(keys: readonly string[]): [number, number] | undefined {
  const second = keys.findIndex((key, index) => keys.indexOf(key) < index);
  const key = keys[second];
  return key === undefined ? undefined : [keys.indexOf(key), second];
}

function checkDistinct({ uplinks, addresses }: BondArguments): Problem[] {
  const problems: Problem[] = [];
  const lines = uplinks.map(({ uplink }) => `${uplink.address} on ${uplink.interface}`);
  const line = firstTwin(lines);
  if (line !== undefined) {
    const [first, second] = line;
    problems.push(
      problem(
        "bond-duplicate-line",
        `uplinks[${second}].uplink`,
        `${lines[second] ?? ""} is also the line of uplinks[${first}].`,
      ),
    );
  }
  const names = uplinks.map(({ uplink }) => uplink.name);
  const name = firstTwin(names);
  if (name !== undefined) {
    const [first, second] = name;
    problems.push(
      problem(
        "duplicate-name",
        `uplinks[${second}].uplink`,
        `the name ${quoteValue(names[second])} is also that of uplinks[${first}].`,
      ),
    );
  }
  return [...problems, ...checkOverlaps(addresses.map(({ address }) => address))];
}
