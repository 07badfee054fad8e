import {locateRepository, stageEnvironments} from '../environments/location.ts';
import type {Environment, Model, Stage} from '../environments/model.ts';
import {formatReference} from '../oci/reference.ts';
import {tenantOf} from './choices.ts';
import type {Place} from './plan.ts';
import {refuseProblems, unknownName, usageError} from './usage-error.ts';

/** An environment and the repositories that are to be tried there, one a stage. */
export interface EnvironmentPlaces {
  readonly environment: Environment;
  readonly places: readonly Place[];
}

export interface WantedPlaces {
  readonly tenant: string;
  /** Empty lists mean no restriction. */
  readonly stages: readonly string[];
  readonly environments: readonly string[];
  readonly image: string;
}

/**
 * A tenant's repositories of an image in the stages, by environment. Raises `unknown-tenant`, `unknown-stage`,
 * `unknown-environment`, `no-environment`, and `invalid-environments` for problems in what is wanted.
 */
export function placesToCheck(model: Model, wanted: WantedPlaces): EnvironmentPlaces[] {
  refuseProblems(model, [{kind: 'tenant', name: wanted.tenant}]);
  const tenant = tenantOf(model, wanted.tenant);
  const stages = chosen('stage', model.stages, wanted.stages);
  const names = new Set(chosen('environment', model.environments, wanted.environments).map(({name}) => name));
  const places = stages.flatMap((stage) =>
    stageEnvironments(model, stage, tenant)
      .filter(({name}) => names.has(name))
      .map((environment) => placeOf(environment, stage, wanted)),
  );
  if (places.length === 0)
    throw usageError('no-environment', `tenant ${tenant.name} has no enabled environment there`, [
      'corectl p2p stages shows which stage has which environments',
    ]);
  return grouped(places);
}

function chosen<T extends {readonly name: string}>(
  kind: 'stage' | 'environment',
  known: ReadonlyMap<string, T>,
  wanted: readonly string[],
): T[] {
  for (const name of wanted) if (!known.has(name)) throw unknownName(kind, name, known.keys());
  return [...known.values()].filter(({name}) => wanted.length === 0 || wanted.includes(name));
}

function placeOf(
  environment: Environment,
  stage: Stage,
  {tenant, image}: WantedPlaces,
): Place & {environment: Environment} {
  const repository = locateRepository(environment, {tenant, stage: stage.name, image});
  const target = 'latest';
  const reference = formatReference(repository, target);
  return {environment, label: environment.name, stage: stage.name, repository, target, reference};
}

function grouped(places: readonly (Place & {environment: Environment})[]): EnvironmentPlaces[] {
  const groups = new Map<string, {environment: Environment; places: Place[]}>();
  for (const place of places) {
    const group = groups.get(place.label) ?? {environment: place.environment, places: []};
    group.places.push(place);
    groups.set(place.label, group);
  }
  return [...groups.values()];
}
