import { StackReference } from "@pulumi/pulumi";
import { coloFrom, ExtrudedAddress } from "../../../../library";

// A preview dials nobody: this machine does not exist (RFC 5737).
const connection = { host: "192.0.2.1", password: "none", verifyHostKey: false };
const provider = new StackReference(process.env["COLO_STACK"] ?? "");
for (const output of ["good", "absent", "newer", "garbage", "foreign"]) {
  const colo = coloFrom(provider, output, { connection });
  new ExtrudedAddress(output, { colo, address: "77.1.2.3" });
}
const keyless = coloFrom(provider, "good", { connection: { host: "192.0.2.1" } });
new ExtrudedAddress("keyless", { colo: keyless, address: "77.1.2.4" });
