export { BondedSite, type BondedSiteArgs, type BondUplinkArgs } from "./bonded-site";
export { ColoEndpoint, type ColoEndpointArgs } from "./colo-endpoint";
export type { ConnectionArgs, HostConnectionArgs } from "./connection";
export { ExtrudedAddress, type ExtrudedAddressArgs } from "./extruded-address";
export { Host, type HostArgs } from "./host";
export type { AddressReference, ColoReference, HostReference, UplinkReference } from "./references";
export { type DetectionArgs, SiteUplink, type SiteUplinkArgs } from "./site-uplink";
