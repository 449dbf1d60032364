import { Config } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { ColoEndpoint, Host, type HostConnectionArgs } from "pulumi-extrude";
import { Branch } from "./branch";

const config = new Config();
const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };

// What the program had before.
const wifi = new RandomPassword("wifi", { length: 20 });

const rack = new Host("rack", { connection: { ...config.requireObject<HostConnectionArgs>("rack"), ...login } });
const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" });
const router = { ...config.requireObject<HostConnectionArgs>("router"), ...login };
const bakery = new Branch("bakery", { colo, router, address: "77.1.2.3" });

export const wifiPassword = wifi.result;
export const addresses = bakery.addresses;
