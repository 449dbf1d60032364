export type { Acquisition } from "../planning/address";
export type { Balance } from "../planning/balance";
export type { WhenDown } from "../planning/when-down";
export type { LineKind } from "../planning/detection";
export type { Encapsulation } from "../planning/encapsulation";
export type { FramingName } from "../planning/shaping";
export type { Problem, ProblemCode } from "../planning/problems";
export {
  BondedSite,
  type BondedSiteArgs,
  type BondUplinkArgs,
  type BypassArgs,
  type DampingArgs,
  type DeliveryArgs,
  type ForwardArgs,
  type QualityArgs,
  type TrafficArgs,
} from "./bonded-site";
export { ColoEndpoint, type ColoEndpointArgs, type CustomerArgs } from "./colo-endpoint";
export type { ConnectionArgs, HostConnectionArgs } from "./connection";
export { ExtrudedAddress, type ExtrudedAddressArgs } from "./extruded-address";
export { Host, type HostArgs } from "./host";
export type { AddressReference, ColoIPv6Args, ColoReference, HostReference, UplinkReference } from "./references";
export {
  type DetectionArgs,
  type RateArgs,
  SiteUplink,
  type SiteUplinkArgs,
  type X509Args,
  type X509EndArgs,
} from "./site-uplink";
