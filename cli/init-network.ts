import { isPrivate, parsePrefix } from "../planning/addresses";
import { encapsulations } from "../planning/encapsulation";
import type { StackEntries } from "../config/schema";
import type { Interview } from "./init-interview";
import { type ProposedLine, proposeColo, proposeLines, type Survey } from "./init-survey";

/** The names that hosts and the colo have in the stack. */
export const names = { colo: "colo", rack: "rack", router: "router" } as const;

/** An option of `--line`, NAME=INTERFACE[,key=value...]. */
export function parseLine(text: string): ProposedLine | { readonly problem: string } {
  const [head = "", ...rest] = text.split(",");
  const [, name, device] = /^([^=,]+)=([^=,]+)$/.exec(head) ?? [];
  if (name === undefined || device === undefined) return { problem: "does not begin with NAME=INTERFACE." };
  const given = new Map(rest.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]));
  const known = ["address", "gateway", "weight", "encapsulation", "nat"];
  const unknown = [...given.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) return { problem: `has '${unknown}', which is none of ${known.join(", ")}.` };
  const [weight, encapsulation, gateway] = [given.get("weight"), given.get("encapsulation"), given.get("gateway")];
  if (weight !== undefined && !/^\d+$/.test(weight))
    return { problem: `has the weight '${weight}', which is no whole number.` };
  if (encapsulation !== undefined && !encapsulations.some((each) => each === encapsulation)) {
    return { problem: `has the encapsulation '${encapsulation}', which is none of ${encapsulations.join(", ")}.` };
  }
  return {
    name,
    interface: device,
    address: given.get("address") ?? "",
    ...(given.get("nat") === "true" ? { nat: true } : {}),
    ...(gateway === undefined ? {} : { gateway }),
    ...(encapsulation === undefined ? {} : { encapsulation }),
    ...(weight === undefined ? {} : { weight: Number(weight) }),
  };
}

/** The lines of the site: as options say, each completed by what the router has; or those that a person chooses. */
export async function chooseLines(
  given: readonly string[],
  router: Survey,
  interview: Interview,
): Promise<ProposedLine[]> {
  const proposed = proposeLines(router);
  if (given.length > 0) return given.flatMap((text) => completeLine(text, proposed, router, interview));
  const chosen: ProposedLine[] = [];
  for (const line of proposed) {
    const what = `${line.address === "dynamic" ? "an address that changes" : line.address}${line.nat === true ? " behind NAT" : ""}`;
    if (!(await interview.confirm(`${line.interface} has ${what}. Is it a line into the internet?`, true))) continue;
    chosen.push(await refineLine(line, interview));
  }
  if (chosen.length === 0) {
    const held = router.interfaces.map(({ name }) => name).join(", ");
    interview.complain(
      `--line is missing: no interface of the router was found or chosen to lead into the internet. It has ${held}. Give NAME=INTERFACE for each line.`,
    );
  }
  return chosen;
}

function completeLine(
  text: string,
  proposed: readonly ProposedLine[],
  router: Survey,
  interview: Interview,
): ProposedLine[] {
  const line = parseLine(text);
  if ("problem" in line) {
    interview.complain(`--line: '${text}' ${line.problem}`);
    return [];
  }
  const link = router.interfaces.find(({ name }) => name === line.interface);
  if (link === undefined) {
    interview.complain(
      `--line: the router has no interface '${line.interface}'. It has ${router.interfaces.map(({ name }) => name).join(", ")}.`,
    );
    return [];
  }
  const found = proposed.find((each) => each.interface === line.interface);
  const address = line.address === "" ? (found?.address ?? link.addresses[0]?.address) : line.address;
  if (address === undefined) {
    interview.complain(
      `--line: ${line.interface} has no IPv4 address now. Give it: --line '${text},address=ADDRESS', or address=dynamic`,
    );
    return [];
  }
  // What was found belongs to the address that was found.
  return [{ ...(found?.address === address ? found : {}), ...line, address }];
}

async function refineLine(line: ProposedLine, interview: Interview): Promise<ProposedLine> {
  const option = "--line";
  const name = await interview.text({
    option,
    message: `A name for the line of ${line.interface}`,
    proposal: line.name,
  });
  const gateway =
    line.gateway === undefined
      ? {}
      : { gateway: await interview.text({ option, message: `The gateway of ${name}`, proposal: line.gateway }) };
  const encapsulation = await interview.choose(
    { option, message: `How packets travel over ${name}`, proposal: line.encapsulation ?? "gre" },
    encapsulations
      // GRE has to know an address that stays.
      .filter((each) => line.encapsulation === undefined || !each.startsWith("gre"))
      .map((value) => ({ value, name: value === "gre" ? "gre (not encrypted)" : value })),
  );
  const weight = await interview.text({
    option,
    message: `The share of ${name} in new connections, relative to the others, for example its Mbit/s`,
    proposal: "1",
    check: (answer) => (/^\d+$/.test(answer) ? undefined : "is no whole number."),
  });
  return {
    ...line,
    name,
    ...gateway,
    ...(encapsulation === "gre" ? {} : { encapsulation }),
    ...(weight === "1" ? {} : { weight: Number(weight) }),
  };
}

export interface NetworkChoice {
  readonly hosts: StackEntries["hosts"];
  readonly colo: NonNullable<ReturnType<typeof proposeColo>>;
  readonly addresses: readonly string[];
  readonly lines: readonly ProposedLine[];
  readonly site: string;
  readonly whenDown: "direct" | "block" | undefined;
}

/** The stack's configuration. What is as by default is left out. */
export function entriesOf({ hosts, colo, addresses, lines, site, whenDown }: NetworkChoice): StackEntries {
  const prefix = colo.prefix === undefined ? undefined : parsePrefix(colo.prefix);
  const addressName = (index: number): string => (addresses.length === 1 ? "public" : `public-${index + 1}`);
  const ends = { colo: names.colo, router: names.router };
  return {
    hosts,
    colos: { [names.colo]: { host: names.rack, ...colo } },
    addresses: Object.fromEntries(
      addresses.map((address, index) => [
        addressName(index),
        // What is not of the colo's network can only be there because the provider routes it to the server.
        {
          colo: names.colo,
          address,
          ...(prefix?.contains(address) === false && !address.includes("/") ? { acquire: "routed" as const } : {}),
        },
      ]),
    ),
    uplinks: Object.fromEntries(lines.map((line) => [line.name, { ...ends, ...uplinkOf(line) }])),
    sites: {
      [site]: {
        ...ends,
        addresses: addresses.map((_, index) => addressName(index)),
        uplinks: Object.fromEntries(lines.map(({ name, weight }) => [name, weight === undefined ? {} : { weight }])),
        ...(whenDown === undefined ? {} : { whenDown }),
      },
    },
  };
}

function uplinkOf({ interface: device, address, nat, gateway, encapsulation }: ProposedLine) {
  return {
    ...{ interface: device, address },
    ...(nat === undefined ? {} : { nat }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(encapsulation === undefined ? {} : { encapsulation: encapsulations.find((each) => each === encapsulation) }),
  };
}

/** What somebody should know of the choice: sentences. */
export function adviseOnNetwork(lines: readonly ProposedLine[], router: Survey, colo: NetworkChoice["colo"]): string[] {
  const reached = router.interfaces.find(({ addresses }) =>
    addresses.some(({ address }) => address === router.reachedAt),
  );
  const own = lines.find((line) => line.interface === reached?.name);
  return [
    ...(own === undefined
      ? []
      : [
          `The router is reached over ${own.name}, one of the lines that are about to change. An address of its LAN, or of another way, is better: --router HOST`,
        ]),
    ...lines.flatMap((line) => {
      const told = router.interfaces.find(({ name }) => name === line.interface)?.gateway;
      return line.gateway !== undefined && told === undefined
        ? [
            `${line.interface} has no default route, so the gateway of ${line.name} is taken to be ${line.gateway}. Is it?`,
          ]
        : [];
    }),
    ...(isPrivate(colo.address)
      ? [
          `${colo.address} of ${colo.interface} is a private address: the lines cannot reach the colo there, unless its provider translates it one to one.`,
        ]
      : []),
    ...(lines.length === 1 ? ["There is one line only: nothing takes over when it fails."] : []),
    ...(lines.some(({ encapsulation }) => encapsulation === undefined)
      ? ["Tunnels with plain GRE are not encrypted; docs/encapsulations.md has the alternatives."]
      : []),
  ];
}
