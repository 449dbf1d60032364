/** The lab's whole interface: tests, the demo and the bench import from here. */
export { Lab, type UpOptions } from "./lab";
export type { MachineStatus } from "./control";
export type { Forward, ForwardOptions } from "./forward";
export type { LabHost, LabNamespace, SshAccess } from "./host";
export type { LabLink } from "./link";
export type { LinkSettings } from "./links";
export type { Place } from "./place";
export { poll, PollTimeout, type PollOptions } from "./poll";
export type { FlowReport, Probe, ProbeEvent, ProbeNews, ProbeOptions, ProbeReport } from "./probe";
export type { Release } from "./recipe";
export type { ExecOptions, ExecResult, RemoteProcess } from "./ssh";
export { diffStates, type HostState } from "./state";
export type { LinkState, Shape, Topology } from "./topology";
