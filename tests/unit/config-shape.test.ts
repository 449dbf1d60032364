import { sections } from "../../config/schema";
import { check, type Example, example, problemsAfter, type Surroundings } from "./config-fixture";

type Case = [
  name: string,
  change: (config: Example) => unknown,
  sentences: readonly string[],
  elsewhere?: Surroundings,
];

const cases: readonly Case[] = [
  [
    "a misspelt key",
    ({ uplinks: { dsl } }) => (dsl["gatway"] = "55.1.2.1"),
    ["extrude:uplinks.dsl.gatway is not a known key; did you mean gateway?"],
  ],
  [
    "a required key that is misspelt is not missing as well",
    ({ uplinks: { dsl } }) => {
      dsl["interfce"] = dsl["interface"];
      delete dsl["interface"];
    },
    ["extrude:uplinks.dsl.interfce is not a known key; did you mean interface?"],
  ],
  [
    "another way of writing a key",
    ({ hosts: { rack } }) => (rack["HOST-KEY"] = "x"),
    ["extrude:hosts.rack.HOST-KEY is not a known key; did you mean hostKey?"],
  ],
  [
    "a key that is like none",
    ({ addresses: { vpn } }) => (vpn["zzzzzzzzz"] = 1),
    ["extrude:addresses.vpn.zzzzzzzzz is not a known key; known here: colo, address, acquire."],
  ],
  [
    "a misspelt section",
    (config) => {
      Object.assign(config, { uplink: config.uplinks });
      delete (config as Partial<Example>).uplinks;
    },
    ["extrude:uplink is not a known key; did you mean extrude:uplinks?"],
  ],
  [
    "a delivery of an address that is not there, and one of another site's",
    (config) => {
      Object.assign(config.addresses, { web: { colo: "toronto", address: "77.1.2.4" } });
      config.sites.office["deliveries"] = { web: { as: "nat" }, vpm: { as: "nat" } };
    },
    [
      "extrude:sites.office.deliveries.vpm names no address; did you mean vpn?",
      'extrude:sites.office.deliveries.web: "77.1.2.4" is not of this site. Give an address of the site\'s own `addresses`. [delivery-of-other-address](docs/errors.md#delivery-of-other-address)',
    ],
  ],
  [
    "a delivery that is wrong in itself",
    ({ sites: { office } }) => {
      office["deliveries"] = { vpn: { as: "nat", forwards: [{ protocol: "tcp", ports: "90-80", to: "192.168.1.5" }] } };
    },
    [
      'extrude:sites.office.deliveries.vpn.forwards[0].ports: "90-80" is neither a port nor a range. Give a port from 1 to 65535, or a range with its lower end first, such as "8000-8010". [ports-invalid](docs/errors.md#ports-invalid)',
    ],
  ],
  [
    "a missing section",
    (config) => delete (config as Partial<Example>).colos,
    ["extrude:colos is missing. Give a mapping from names to colo endpoints."],
  ],
  [
    "a section that is text",
    (config) => Object.assign(config, { addresses: "77.1.2.3" }),
    ['extrude:addresses is the text "77.1.2.3", but has to be a mapping from names to addresses to extrude.'],
  ],
  [
    "a missing key",
    ({ colos: { toronto } }) => delete toronto["interface"],
    ["extrude:colos.toronto.interface is missing. Give the interface that holds the address, for example eth0."],
  ],
  [
    "a number in quotes",
    ({ sites: { office } }) => (office["uplinks"] = { dsl: { weight: "4" } }),
    [
      'extrude:sites.office.uplinks.dsl.weight is the text "4", but has to be a number, without quotes: the line\'s share of new connections, relative to the others.',
    ],
  ],
  [
    "text without quotes",
    ({ addresses: { vpn } }) => (vpn["address"] = 77.1),
    [
      "extrude:addresses.vpn.address is the number 77.1, but has to be text, in quotes: the public address or prefix to extrude.",
    ],
  ],
  [
    "an empty entry",
    (config) => Object.assign(config.uplinks, { lte: null }),
    ["extrude:uplinks.lte is empty, but has to be a mapping: colo, router, interface and address of a line."],
  ],
  [
    "a line without braces",
    ({ sites: { office } }) => (office["uplinks"] = { dsl: null }),
    [
      "extrude:sites.office.uplinks.dsl is empty, but has to be a mapping: weight and metric of the line; {} for the defaults.",
    ],
  ],
  [
    "one for a list",
    ({ sites: { office } }) => (office["addresses"] = "vpn"),
    ['extrude:sites.office.addresses is the text "vpn", but has to be a list of names of extrude:addresses.'],
  ],
  [
    "a number in a list",
    ({ sites: { office } }) => (office["addresses"] = ["vpn", 3]),
    [
      "extrude:sites.office.addresses[1] is the number 3, but has to be text, in quotes: the name of one of extrude:addresses.",
    ],
  ],
  [
    "a misspelt choice",
    ({ sites: { office } }) => (office["whenDown"] = "dirct"),
    [
      'extrude:sites.office.whenDown is "dirct"; did you mean "direct"? [choice-invalid](docs/errors.md#choice-invalid)',
    ],
  ],
  [
    "a choice that is like none",
    ({ addresses: { vpn } }) => (vpn["acquire"] = "x"),
    [
      'extrude:addresses.vpn.acquire is "x"; known here: "proxy-arp", "proxy-ndp", "routed". [choice-invalid](docs/errors.md#choice-invalid)',
    ],
  ],
  [
    "a choice of another type",
    ({ sites: { office } }) => (office["whenDown"] = true),
    [
      'extrude:sites.office.whenDown is true, but has to be "direct" or "block": what the site\'s traffic does while every tunnel is dead.',
    ],
  ],
  [
    "a name with a dot",
    ({ uplinks }) => Object.assign(uplinks, { "a.b": { ...uplinks.dsl, mtuu: 1 } }),
    ['extrude:uplinks["a.b"].mtuu is not a known key; did you mean mtu?'],
  ],
  [
    "a value where secrets are",
    ({ hosts: { rack } }) => Object.assign(rack, { port: "hunter2", password: 12345 }),
    [
      "extrude:hosts.rack.port is text, but has to be a number, without quotes: the TCP port of its SSH server.",
      "extrude:hosts.rack.password is a number, but has to be text, in quotes: the password to log in with, as a secret.",
    ],
  ],
  [
    "a secret where none is kept",
    () => undefined,
    [
      "extrude:colos holds a secret, which would not stay one: it ends up in plans and on the hosts. Set it without --secret.",
    ],
    { secretSections: ["colos"] },
  ],
  [
    "a name that names nothing",
    ({ colos: { toronto } }) => (toronto["host"] = "rak"),
    ['extrude:colos.toronto.host is "rak", which names no host; did you mean rack?'],
  ],
  [
    "a line that is none",
    ({ sites: { office } }) => (office["uplinks"] = { dls: {}, cable: {} }),
    ["extrude:sites.office.uplinks.dls names no uplink; did you mean dsl?"],
  ],
  [
    "an address that is none, beside a misspelt key",
    ({ sites: { office } }) => Object.assign(office, { addresses: ["vpn", "mail"], hld: 3 }),
    [
      "extrude:sites.office.hld is not a known key; did you mean hold?",
      'extrude:sites.office.addresses[1] is "mail", which names no address; known here: vpn.',
    ],
  ],
  [
    "a reference into an empty section",
    (config) => Object.assign(config, { sites: {}, addresses: {}, uplinks: {}, colos: {}, hosts: {} }),
    [],
  ],
  [
    "a name of Object's own",
    ({ colos: { toronto } }) => (toronto["host"] = "constructor"),
    ['extrude:colos.toronto.host is "constructor", which names no host; known here: rack, router.'],
  ],
  [
    "a value that planning refuses",
    ({ sites: { office } }) => (office["uplinks"] = { dsl: {}, cable: { weight: 0 } }),
    [
      "extrude:sites.office.uplinks.cable.weight: 0 is not a weight. Give a whole number from 1 to 256, the kernel's range for the weight of a next hop. [weight-invalid](docs/errors.md#weight-invalid)",
    ],
  ],
  [
    "two lines that are one",
    ({ uplinks: { dsl, cable } }) => Object.assign(cable, { address: dsl["address"], interface: dsl["interface"] }),
    [
      "extrude:sites.office.uplinks.cable: 55.1.2.3 on eth1 is also the line of uplinks.dsl. Two uplinks of one bond need different lines: give each its own interface, or its own address. [bond-duplicate-line](docs/errors.md#bond-duplicate-line)",
    ],
  ],
  [
    "a host name that is none",
    ({ hosts: { rack } }) => (rack["host"] = "a b"),
    [
      'extrude:hosts.rack.host: "a b" is not a host name or address. Give a host name or an IP address. [host-invalid](docs/errors.md#host-invalid)',
    ],
  ],
  [
    "an entry whose name would not do",
    ({ addresses }) => Object.assign(addresses, { "a b": { colo: "toronto", address: "77.1.2.4" } }),
    [
      'extrude:addresses["a b"]: "a b" cannot be a name here. Use 1 to 64 letters, digits, dots, dashes and underscores, the first of them a letter or digit: the name becomes part of file names on the host. [name-invalid](docs/errors.md#name-invalid)',
    ],
  ],
];

test("the example has no problem", () => {
  expect(problemsAfter(() => undefined)).toEqual([]);
});

test.each(cases.map(([name, change, sentences, elsewhere]) => ({ name, change, sentences, elsewhere })))(
  "$name",
  (given) => {
    expect(problemsAfter(given.change, given.elsewhere)).toEqual(given.sentences);
  },
);

test("a name that objects treat apart is a name like any other", () => {
  const { colos, hosts } = example();
  const raw = JSON.parse(
    `{"addresses":{"__proto__":{}},"uplinks":{},"sites":{},"colos":${JSON.stringify(colos)},"hosts":${JSON.stringify(hosts)}}`,
  ) as Record<string, unknown>;
  expect(check(raw)).toEqual({
    problems: [expect.stringContaining('extrude:addresses.__proto__: "__proto__" cannot')],
  });
});

test("an empty config names all five sections", () => {
  const checked = check({});
  expect("problems" in checked && checked.problems).toEqual(
    sections.map((section): unknown => expect.stringContaining(`extrude:${section} is missing.`)),
  );
});

test("mistakes of every kind are named at once, in the order of the entries", () => {
  const found = problemsAfter((config) => {
    const { hosts, colos, addresses, sites } = config;
    delete hosts.router["hostKey"];
    colos.toronto["gatewy"] = "77.1.2.1";
    addresses.vpn["address"] = "77.1.3.3";
    sites.office["router"] = "ruter";
    sites.office["hold"] = "5";
    Object.assign(config, { host: 1 });
  });
  expect(found).toEqual([
    "extrude:host is not a known key; did you mean extrude:hosts?",
    expect.stringContaining("extrude:hosts.router has no host key"),
    "extrude:colos.toronto.gatewy is not a known key; did you mean gateway?",
    expect.stringContaining("extrude:addresses.vpn.address: 77.1.3.3 is not in the colo's prefix"),
    expect.stringContaining("extrude:sites.office.hold is the text"),
    'extrude:sites.office.router is "ruter", which names no host; did you mean router?',
  ]);
});

test("what is under a misspelt key is looked at as well", () => {
  const found = problemsAfter((config) => {
    config.colos.toronto["adress"] = 5;
    delete config.colos.toronto["address"];
    Object.assign(config, { colo: config.colos });
    delete (config as Partial<Example>).colos;
  });
  expect(found).toEqual([
    "extrude:colo is not a known key; did you mean extrude:colos?",
    "extrude:colos.toronto.adress is not a known key; did you mean address?",
    "extrude:colos.toronto.address is the number 5, but has to be text, in quotes: the server's own IPv4 address there, where tunnels end.",
  ]);
});
