import type {Side} from '../errors.ts';
import type {Place} from './place.ts';
import {tenantOf} from '../environments/tenant.ts';
import {invalidEnvironments, refuseProblems} from '../environments/problem.ts';
import {unknownName, usageError} from '../usage-error.ts';
import {locateRepository} from '../environments/location.ts';
import type {LeftOut} from '../environments/documents.ts';
import {leftOutOf, membersOf, type Membership} from '../environments/membership.ts';
import type {Environment, Model, Stage, Tenant} from '../environments/model.ts';

/** An environment and the repositories that are to be tried there, one for each stage. */
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
  /** Whether some of the names may lead nowhere: for another tenant they may lead somewhere. */
  readonly isOneOfMany?: boolean;
}

/**
 * The repositories of a tenant's image, grouped by environment. Raises `unknown-tenant`, `unknown-stage`,
 * `unknown-environment`; `no-environment` when any of the names leads nowhere, even if others lead somewhere; and
 * `invalid-environments` for problems in what is wanted. Without stages all are wanted, also
 * those that cannot be read.
 */
export function placesToCheck(model: Model, wanted: WantedPlaces): EnvironmentPlaces[] {
  refuseProblems(model, [
    {kind: 'tenant', name: wanted.tenant},
    ...stagesWanted(model, wanted).map((name) => ({kind: 'stage', name}) as const),
  ]);
  const tenant = tenantOf(model, wanted.tenant);
  refuseUnknown('stage', wanted.stages, model.names.stages);
  refuseUnknown('environment', wanted.environments, model.names.environments);
  const stages = [...model.stages.values()].filter(({name}) => isWanted(name, wanted.stages));
  const places = stages.flatMap((stage) => {
    const members = membersOf(model, stage, tenant);
    return usable(members.filter(({name}) => isWanted(name, wanted.environments))).map((environment) =>
      placeOf(environment, stage, wanted),
    );
  });
  refuseIdle(places, wanted);
  const destinations = grouped(places, 'destination');
  if (!wanted.sources) return destinations;
  const reached = new Set(places.map(({stage}) => stage));
  return [...grouped(sourcesOf(model, tenant, {wanted, reached}), 'source'), ...destinations];
}

const stagesWanted = ({names}: Model, {stages}: Pick<WantedPlaces, 'stages'>): readonly string[] =>
  stages.length > 0 ? stages : names.stages;

/** The environments that the stages name and that are not checked, each with the reason. */
export function leftOutOfCheck(
  model: Model,
  {tenant, stages, environments}: Pick<WantedPlaces, 'tenant' | 'stages' | 'environments'>,
): LeftOut[] {
  const owner = tenantOf(model, tenant);
  return [...model.stages.values()]
    .filter(({name}) => isWanted(name, stages))
    .flatMap((stage) => leftOutOf(membersOf(model, stage, owner)))
    .filter(({environment}) => isWanted(environment, environments));
}

/** Where promotions to the stages that are reached read from: the first environment of each stage before them. */
function sourcesOf(
  model: Model,
  tenant: Tenant,
  {wanted, reached}: {wanted: WantedPlaces; reached: ReadonlySet<string>},
): KnownPlace[] {
  const before = [...model.stages.values()].filter(({next}) => next.some((name) => reached.has(name)));
  return before.flatMap((stage) => {
    const members = membersOf(model, stage, tenant).filter(({state}) => state !== 'left-out');
    return usable(members.slice(0, 1)).map((first) => placeOf(first, stage, wanted));
  });
}

const isWanted = (name: string, wanted: readonly string[]): boolean =>
  wanted.length === 0 || wanted.includes(name);

function usable(members: readonly Membership[]): Environment[] {
  const problems = members.flatMap((member) => (member.state === 'unusable' ? member.problems : []));
  if (problems.length > 0) throw invalidEnvironments(problems);
  return members.flatMap((member) => (member.state === 'meant' ? [member.environment] : []));
}

function refuseUnknown(
  kind: 'stage' | 'environment',
  wanted: readonly string[],
  known: readonly string[],
): void {
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownName(kind, unknown, known);
}

/** Whatever is named is tried somewhere. */
function refuseIdle(places: readonly KnownPlace[], wanted: WantedPlaces): void {
  const {tenant, stages, environments, isOneOfMany = false} = wanted;
  if (places.length > 0 && isOneOfMany) return;
  const tried = new Set(places.flatMap(({stage, label}) => [stage, label]));
  const idle = [...stages, ...environments].filter((name) => !tried.has(name));
  if (places.length > 0 && idle.length === 0) return;
  const there = idle.length === 0 ? 'there' : `for ${idle.join(', ')}`;
  throw usageError('no-environment', `tenant ${tenant} has no enabled environment ${there}`, [
    'corectl p2p stages shows which stage has which environments',
  ]);
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
