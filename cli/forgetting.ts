import { unitOf, type StackState, type StateResource, resourcesOf } from "./state";

/** What of a state belongs to a host, as places in its list of resources: two exports of one state have the same. */
export interface Forgetting {
  readonly places: ReadonlySet<number>;
  /** What goes, in words. */
  readonly goes: readonly { readonly urn: string; readonly what: string }[];
  /** Other hosts that keep units of components of which some go. */
  readonly remaining: readonly { readonly host: string; readonly unit: string }[];
  /** Those that Pulumi was told to protect. */
  readonly protectedUrns: readonly string[];
}

const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/**
 * Which resources go with a host: its units' commands, and each component of extrude's that is left without any. A
 * component that has a unit on another host stays, so that destroying it removes that unit. The state has to be exported
 * with its secrets, which a command's text may be.
 */
export function planForgetting(state: StackState, host: string): Forgetting {
  const resources = resourcesOf(state);
  const units = resources.map(unitOf);
  const places = new Set(units.flatMap((unit, place) => (unit?.host === host ? [place] : [])));
  const touched = new Set([...places].map((place) => resources[place]?.parent));
  for (let grows = true; grows;) {
    grows = false;
    resources.forEach((component, place) => {
      if (places.has(place) || !component.type.startsWith("extrude:index:")) return;
      const isHost = component.type === "extrude:index:Host" && nameOf(component.urn) === host;
      if (!isHost && !touched.has(component.urn)) return;
      const isEmpty = resources.every((child, at) => child.parent !== component.urn || places.has(at));
      if (!isEmpty) return;
      places.add(place);
      touched.add(component.parent);
      grows = true;
    });
  }
  const gone = resources.filter((_, place) => places.has(place));
  return {
    places,
    goes: gone.map((resource) => ({ urn: resource.urn, what: describe(resource) })),
    remaining: resources.flatMap((resource, place) => {
      const unit = units[place];
      return unit !== undefined && !places.has(place) && touched.has(resource.parent)
        ? [{ host: unit.host, unit: unit.name }]
        : [];
    }),
    protectedUrns: gone.filter((resource) => resource.protect === true).map(({ urn }) => urn),
  };
}

function describe(resource: StateResource): string {
  const unit = unitOf(resource);
  return unit === undefined ? `component ${resource.type.slice("extrude:index:".length)}` : `unit ${unit.name}`;
}

/** The state without those resources, and without any mention of them. Secrets stay as they are, encrypted or not. */
export function withoutPlaces(state: StackState, places: ReadonlySet<number>): StackState {
  const { deployment } = state;
  if (deployment === null) return state;
  const resources = resourcesOf(state);
  const kept = resources.filter((_, place) => !places.has(place));
  const left = new Set(kept.map(({ urn }) => urn));
  // A resource that waits for its deletion has the same URN as its successor.
  const gone = new Set(resources.filter((_, place) => places.has(place)).map(({ urn }) => urn));
  const isGone = (urn: string): boolean => gone.has(urn) && !left.has(urn);
  return {
    ...state,
    deployment: {
      ...deployment,
      resources: kept.map((resource) => withoutMentions(resource, isGone)),
      ...(deployment.pending_operations === undefined || deployment.pending_operations === null
        ? {}
        : { pending_operations: deployment.pending_operations.filter(({ resource }) => !isGone(resource.urn)) }),
    },
  };
}

function withoutMentions(resource: StateResource, isGone: (urn: string) => boolean): StateResource {
  const { dependencies, propertyDependencies } = resource;
  const others = (urns: readonly string[]): string[] => urns.filter((urn) => !isGone(urn));
  const { deletedWith, ...rest } = resource;
  return {
    ...rest,
    // Its deletion would never be skipped again: Pulumi refuses a state in which that is named and is not there.
    ...(deletedWith === undefined || (typeof deletedWith === "string" && isGone(deletedWith)) ? {} : { deletedWith }),
    ...(dependencies == null ? {} : { dependencies: others(dependencies) }),
    ...(propertyDependencies == null
      ? {}
      : {
          propertyDependencies: Object.fromEntries(
            Object.entries(propertyDependencies).map(([key, urns]) => [key, urns === null ? null : others(urns)]),
          ),
        }),
  };
}
