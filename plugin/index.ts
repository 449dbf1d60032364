/** What a package in any language has: the library's components, with references as plain data. */
export { BondedSite } from "./bonded-site";
export { ColoEndpoint } from "./colo-endpoint";
export { ExtrudedAddress } from "./extruded-address";
export { Host } from "./host";
export { ImportedColo } from "./imported-colo";
export { SiteUplink } from "./site-uplink";
