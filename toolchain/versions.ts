/**
 * What the toolchain provides. The versions belong together: the CLI's is @pulumi/pulumi's, the plugins' are those
 * that @pulumi/command and @pulumi/random ask the engine for.
 */
export const CLI_VERSION = "3.259.0";

/** The last version whose Go module still holds the Node.js language host. It works with the newer engine. */
export const LANGUAGE_HOST_VERSION = "3.68.0";

/** The newest version whose Go module one can fetch. */
export const YAML_HOST_VERSION = "1.25.0";

/** The oldest Go that builds the CLI, and the one to fetch where an older Go is installed. */
export const OLDEST_GO = "1.25.11";
export const FETCHED_GO = "1.26.8";

/** One program of the toolchain. */
export interface Wanted {
  readonly name: ToolName;
  readonly version: string;
  /** How progress messages and errors name it. */
  readonly title: string;
  /** The folder under toolchain/go that builds it, the package there, and the linker's variable for the version. */
  readonly go: { readonly folder: string; readonly package: string; readonly flags: string; readonly version: string };
  /** How long the build takes on two cores with nothing cached. */
  readonly duration: string;
}

export type ToolName = "pulumi" | "pulumi-language-nodejs" | "pulumi-language-yaml" | PluginName;
export type PluginName = "pulumi-resource-command" | "pulumi-resource-random";

const SDK_VERSION_FLAG = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

export const CLI: Wanted = {
  name: "pulumi",
  version: CLI_VERSION,
  title: `the Pulumi CLI ${CLI_VERSION}`,
  go: {
    folder: "cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    flags: `-X ${SDK_VERSION_FLAG}=v${CLI_VERSION}`,
    version: CLI_VERSION,
  },
  duration: "about 3 minutes",
};

export const LANGUAGE_HOST: Wanted = {
  name: "pulumi-language-nodejs",
  version: CLI_VERSION,
  title: "Pulumi's Node.js language host",
  go: {
    folder: "language",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    flags: `-X ${SDK_VERSION_FLAG}=v${LANGUAGE_HOST_VERSION}`,
    version: LANGUAGE_HOST_VERSION,
  },
  duration: "about 30 seconds",
};

/** Not among `ALL`, since this project's own stacks do without it. */
export const YAML_HOST: Wanted = {
  name: "pulumi-language-yaml",
  version: YAML_HOST_VERSION,
  title: "Pulumi's YAML language host",
  go: {
    folder: "yaml",
    package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    flags: `-X github.com/pulumi/pulumi-yaml/pkg/version.Version=v${YAML_HOST_VERSION}`,
    version: YAML_HOST_VERSION,
  },
  duration: "about a minute",
};

export type WantedPlugin = Wanted & { readonly name: PluginName; readonly plugin: string };

function plugin(name: string, version: string): WantedPlugin {
  const binary = `pulumi-resource-${name}` as PluginName;
  return {
    name: binary,
    plugin: name,
    version,
    title: `the ${name} plugin ${version}`,
    go: { folder: "plugins", package: `./cmd/${binary}`, flags: `-X main.version=${version}`, version },
    duration: "about 20 seconds",
  };
}

export const PLUGINS: readonly WantedPlugin[] = [plugin("command", "1.2.1"), plugin("random", "4.21.2")];

export const ALL: readonly Wanted[] = [CLI, LANGUAGE_HOST, ...PLUGINS];
