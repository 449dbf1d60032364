import { ColoEndpoint, ExtrudedAddress, Host } from "../../../../components";

// A preview dials nobody: this machine does not exist (RFC 5737).
const connection = { host: "192.0.2.1", password: "none", verifyHostKey: false };
const host = new Host("rack", { connection });
const colo = new ColoEndpoint("toronto", { host, address: "77.1.2.2", interface: "eth0" });
new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
new ExtrudedAddress("vpn", { colo, address: "77.1.2.4" });
