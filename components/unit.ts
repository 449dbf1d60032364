import { remote, type types } from "@pulumi/command";
import { all, type ComponentResource, type Input, type Output, secret } from "@pulumi/pulumi";
import { renderSecrets, renderUnitCommands, type Unit, type UnitCommands } from "../rendering/unit";
import type { HostReference } from "./references";
import { componentsAmong, dependencies, type Dependency, field } from "./resolve";

export interface UnitBinding {
  /** The component that owns the unit. */
  readonly parent: ComponentResource;
  readonly host: Input<HostReference>;
  readonly unit: Output<Unit>;
  /** What the unit only names, by those names. */
  readonly secrets?: Output<Record<string, string>>;
  readonly dependsOn: readonly Dependency[];
}

/**
 * Hosts answer only some dials at once (sshd's MaxStartups), so a unit tries again. A wrong key is found by the host's
 * own resource, which dials twice at most.
 */
const dialsOfUnit = 10;
export const dialsOfHost = 1;

/** Binds one rendered unit to one command, which applies it, applies it anew when it changes, and removes it. */
export function bindUnit(name: string, { parent, host, unit, secrets, dependsOn }: UnitBinding): remote.Command {
  return bindCommands(name, {
    parent,
    connection: field(host, "connection").apply((given) => withDials(given, dialsOfUnit)),
    unit,
    commands: all([unit, field(host, "user")]).apply(([text, user]) => renderUnitCommands(text, user)),
    ...(secrets === undefined ? {} : { stdin: secret(secrets.apply(renderSecrets)) }),
    dependsOn: [...dependsOn, ...componentsAmong([host])],
  });
}

function withDials(given: types.output.remote.Connection, dialErrorLimit: number): types.input.remote.ConnectionArgs {
  const proxy = given.proxy === undefined ? {} : { proxy: { ...given.proxy, dialErrorLimit } };
  return { ...given, ...proxy, dialErrorLimit };
}

interface CommandBinding {
  readonly parent: ComponentResource;
  readonly connection: Output<types.input.remote.ConnectionArgs>;
  readonly unit: Output<Unit>;
  readonly commands: Output<UnitCommands>;
  readonly stdin?: Input<string>;
  readonly dependsOn: readonly Dependency[];
}

export function bindCommands(name: string, binding: CommandBinding): remote.Command {
  const { parent, connection, unit, commands, stdin, dependsOn } = binding;
  return new remote.Command(
    name,
    {
      connection,
      create: commands.apply((text) => text.create),
      delete: commands.apply((text) => text.delete),
      ...(stdin === undefined ? {} : { stdin }),
      // Another logical host is another place, and another name another unit: it is made there, then removed here.
      // Whatever else changes is applied in place.
      triggers: [unit.apply(({ host }) => host), unit.apply((known) => known.name)],
      addPreviousOutputInEnv: false,
      logging: remote.Logging.None,
    },
    { parent, dependsOn: dependencies(dependsOn) },
  );
}
