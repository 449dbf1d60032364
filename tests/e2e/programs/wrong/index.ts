import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "../../../../components";

// A preview dials nobody: these machines do not exist (RFC 5737).
const trusting = { host: "192.0.2.1", password: "none" };
const connection = {
  ...trusting,
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEEmfo6SGoDr/1COjDsUabi96sf6Rebkwd8BIpPBb6yk",
};
const rack = new Host("rack", { connection });
const router = new Host("router", { connection });
const place = { host: rack, address: "77.1.2.2", prefix: "77.1.2.0/24", gateway: "77.1.2.1" };
const colo = new ColoEndpoint("toronto", { ...place, interface: "eth0" });
const line = { colo, router, interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" };

new Host("keyless", { connection: trusting });
new Host("waived", { connection: { ...trusting, verifyHostKey: false } });
new ColoEndpoint("badinterface", { ...place, interface: "an/impossible:name" });
const wrong = { text: "77.1.2", outside: "77.1.3.3", own: "77.1.2.2", gateway: "77.1.2.1" };
for (const [name, address] of Object.entries({ ...wrong, network: "77.1.2.0", broadcast: "77.1.2.255" })) {
  new ExtrudedAddress(name, { colo, address });
}
const good = new ExtrudedAddress("good", { colo, address: "77.1.2.3" });
const dsl = new SiteUplink("dsl", line);
const again = new SiteUplink("again", line);
const site = { colo, router, addresses: [good] };
new BondedSite("empty", { ...site, uplinks: [] });
new BondedSite("twins", { ...site, uplinks: [{ uplink: dsl }, { uplink: again }] });
new BondedSite("names", { ...site, uplinks: [{ uplink: dsl }, { uplink: dsl }] });
new BondedSite("heavy", { ...site, uplinks: [{ uplink: dsl, weight: 257 }] });
new BondedSite("light", { ...site, uplinks: [{ uplink: dsl, weight: 0 }] });
