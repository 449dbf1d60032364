import type { HostPlan } from "../planning/host";
import type { Unit } from "./unit";

export function renderHost(plan: HostPlan): Unit {
  return {
    name: plan.unit,
    host: plan.host,
    header: [
      ...(plan.installPackages ? ["install-packages yes"] : []),
      ...(plan.watch ? [] : ["watch no"]),
      ...(plan.metrics === undefined
        ? []
        : [`metrics ${plan.metrics}`, `require directory ${plan.metrics} prometheus-node-exporter`]),
      ...plan.commands.map((needed) => `require command ${needed.command} ${needed.package}`),
      ...plan.modules.map((module) => `require module ${module}`),
    ],
    sections: {},
  };
}
