/** One program that the toolchain found or provided. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  /** A stand-in is a plugin of this project that behaves as the official one of the same version does. */
  readonly source: "installed" | "downloaded" | "built from Go modules" | "stand-in, built from Go modules";
  readonly path: string;
}

/** A complete set of programs with which Pulumi runs a stack of this project. */
export interface Toolchain {
  /** The path of the Pulumi CLI. */
  readonly pulumi: string;
  /**
   * What to merge into the environment of whoever runs Pulumi. Where state lives and which passphrase protects it
   * is the caller's business and not in here.
   */
  readonly environment: Record<string, string>;
  readonly tools: readonly Tool[];
}

export interface ProvideOptions {
  /** Receives a line before every step that can take longer than two seconds. */
  readonly onProgress?: (message: string) => void;
  /** Where downloads and builds are kept; by default extrude/toolchain in the user's cache directory. */
  readonly cacheDirectory?: string;
  /** A folder with programs to use as they are; by default the environment variable EXTRUDE_PLUGIN_DIR. */
  readonly pluginDirectory?: string;
}

/** The toolchain cannot be provided; the message says why and what to do. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";
}
