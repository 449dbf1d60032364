import type * as extrude from "pulumi-extrude";

// The library's types under names without `Args`, which SDKs append themselves.

/** How to reach a machine by SSH. */
export interface Connection extends extrude.ConnectionArgs {}

/** How to reach a host by SSH. */
export interface HostConnection extends extrude.HostConnectionArgs {
  /** A bastion to go through. */
  readonly proxy?: Connection;
}

/** Somebody else whose stacks may use the colo, without being root on its host. */
export interface Customer extends extrude.CustomerArgs {}

/** For how long a line that has fallen is not used again. */
export interface Damping extends extrude.DampingArgs {}

/** When a line that is alive is not good enough. */
export interface Quality extends extrude.QualityArgs {}

/** What a line carries. */
export interface Rate extends extrude.RateArgs {}

/** When a line counts as dead. */
export interface Detection extends extrude.DetectionArgs {}

/** How one end of a tunnel proves who it is. */
export interface X509End extends extrude.X509EndArgs {}

export interface X509 extends extrude.X509Args {
  readonly colo: X509End;
  readonly router: X509End;
}
