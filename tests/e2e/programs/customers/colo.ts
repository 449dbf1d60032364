import type { Output } from "@pulumi/pulumi";
import { ColoEndpoint, Host } from "../../../../components";
import { type ColoContract, exportColo } from "../../../../config/contract";
import { type OwnersFacts, readFacts } from "./facts";

const { rack, colo } = readFacts() as OwnersFacts;
const toronto = new ColoEndpoint("toronto", { ...colo, host: new Host("rack", { connection: rack }) });

/** For each customer an output of its name. */
module.exports = Object.fromEntries(
  Object.keys(colo.customers ?? {}).map((customer): [string, Output<ColoContract>] => [
    customer,
    exportColo(toronto, { customer }),
  ]),
);
