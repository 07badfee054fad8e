import type {Side} from '../errors.ts';
import type {Place} from './place.ts';
import {tenantOf} from '../environments/tenant.ts';
import {refuseProblems} from '../environments/problem.ts';
import {unknownName, usageError} from '../usage-error.ts';
import {locateRepository, stageEnvironments} from '../environments/location.ts';
import type {Environment, Model, Stage, Tenant} from '../environments/model.ts';

/** An environment and the repositories that are to be tried there, one a stage. */
export interface EnvironmentPlaces {
  readonly environment: Environment;
  /** Sources are read from only. */
  readonly side: Side;
  readonly places: readonly StagePlace[];
}

/** A repository of a stage. */
export type StagePlace = Place & {readonly stage: string};

export interface WantedPlaces {
  readonly tenant: string;
  /** Empty lists mean no restriction. */
  readonly stages: readonly string[];
  readonly environments: readonly string[];
  readonly image: string;
  /** Whether the environments that promotions to these stages read from are wanted as well, on that side. */
  readonly sources: boolean;
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
  const destinations = grouped(places, 'destination');
  if (!wanted.sources) return destinations;
  const reached = new Set(places.map(({stage}) => stage));
  return [...grouped(sourcesOf(model, tenant, {wanted, reached}), 'source'), ...destinations];
}

/** Where promotions to the stages that are reached read from: the first environment of each stage before them. */
function sourcesOf(
  model: Model,
  tenant: Tenant,
  {wanted, reached}: {wanted: WantedPlaces; reached: ReadonlySet<string>},
): KnownPlace[] {
  const before = [...model.stages.values()].filter(({next}) => next.some((name) => reached.has(name)));
  return before.flatMap((stage) => {
    const [first] = stageEnvironments(model, stage, tenant);
    return first === undefined ? [] : [placeOf(first, stage, wanted)];
  });
}

function chosen<T extends {readonly name: string}>(
  kind: 'stage' | 'environment',
  known: ReadonlyMap<string, T>,
  wanted: readonly string[],
): T[] {
  for (const name of wanted) if (!known.has(name)) throw unknownName(kind, name, known.keys());
  return [...known.values()].filter(({name}) => wanted.length === 0 || wanted.includes(name));
}

type KnownPlace = StagePlace & {readonly environment: Environment};

function placeOf(environment: Environment, stage: Stage, {tenant, image}: WantedPlaces): KnownPlace {
  const repository = locateRepository(environment, {tenant, stage: stage.name, image});
  return {environment, label: environment.name, stage: stage.name, repository};
}

function grouped(places: readonly KnownPlace[], side: Side): EnvironmentPlaces[] {
  const groups = new Map<string, {environment: Environment; side: Side; places: StagePlace[]}>();
  for (const place of places) {
    const group = groups.get(place.label) ?? {environment: place.environment, side, places: []};
    group.places.push(place);
    groups.set(place.label, group);
  }
  return [...groups.values()];
}
