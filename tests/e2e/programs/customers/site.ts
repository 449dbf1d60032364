import { StackReference } from "@pulumi/pulumi";
import { BondedSite, ExtrudedAddress, Host, SiteUplink } from "../../../../components";
import { coloFrom } from "../../../../config/contract";
import { type CustomersFacts, readFacts } from "./facts";

const { customer, colo: connection, router: way, address, line, bond } = readFacts() as CustomersFacts;
const colo = coloFrom(new StackReference("organization/colo/dev"), customer, { connection });
const router = new Host("router", { connection: way });
const vpn = new ExtrudedAddress("vpn", { colo, address });
const dsl = new SiteUplink("dsl", { ...line, colo, router });
if (bond !== undefined) {
  new BondedSite("office", { colo, router, addresses: [vpn], uplinks: [{ ...bond, uplink: dsl }] });
}
