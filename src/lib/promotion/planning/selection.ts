import {unknownName, usageError} from '../../usage-error.ts';
import {membersOf, type Membership} from '../../environments/membership.ts';
import {invalidEnvironments, refuseProblems} from '../../environments/problem.ts';
import type {Environment, Model, Stage, Tenant} from '../../environments/model.ts';

/** The stage of that name. Raises `unknown-stage`, and `last-stage` for one that nothing follows. */
export function fromStageOf(model: Model, name: string): Stage {
  const stage = model.stages.get(name);
  if (stage === undefined) throw unknownName('stage', name, model.names.stages);
  if (followersOf(stage).length > 0) return stage;
  throw usageError('last-stage', `${name} is the last stage: there is nothing to promote to`, [
    'corectl p2p stages shows the path',
  ]);
}

/** The one stage that leads into another. Raises `usage` where there is none, or more than one. */
export function stageBefore({stages}: Model, name: string): string {
  const before = [...stages.values()].filter(({next}) => next.includes(name)).map((stage) => stage.name);
  const [only] = before;
  if (only !== undefined && before.length === 1) return only;
  throw usageError(
    'usage',
    before.length === 0
      ? `no stage leads to ${JSON.stringify(name)}`
      : `${before.join(' and ')} lead to ${name}`,
    ['name where the images are with --from-stage; corectl p2p stages shows the path'],
  );
}

/**
 * The stages that follow, or those of them that are wanted. Raises `unknown-stage`, `not-next` telling the way there, and
 * `invalid-environments` for one that cannot be used: a stage that follows is a gate, and is never passed by.
 */
export function nextStagesOf(model: Model, from: Stage, wanted: readonly string[]): Stage[] {
  const followers = followersOf(from);
  for (const name of wanted) {
    if (!model.names.stages.includes(name)) throw unknownName('stage', name, model.names.stages);
    if (!followers.includes(name)) throw notNext(model, from, name);
  }
  const names = wanted.length === 0 ? followers : followers.filter((name) => wanted.includes(name));
  refuseProblems(
    model,
    names.map((name) => ({kind: 'stage', name})),
  );
  return names.map((name) => model.stages.get(name) ?? broken(from, name));
}

/** Those that can be used and those that cannot. */
const followersOf = ({next, brokenNext = []}: Stage): string[] => [...next, ...brokenNext];

function broken(from: Stage, name: string): never {
  const message = `expected a stage that can be promoted to, found ${JSON.stringify(name)}`;
  throw invalidEnvironments([{...from.origin, message}]);
}

/**
 * The environment to read from: the first of the stage's that is meant for the tenant, or the one that is named. Raises
 * `no-source`, `unknown-environment`, `not-a-source`, and `invalid-environments` where it cannot be used: another one may
 * hold another image.
 */
export function sourceEnvironmentOf(
  model: Model,
  stage: Stage,
  tenant: Tenant,
  wanted: string | undefined,
): Environment {
  const members = membersOf(model, stage, tenant);
  const meant = members.filter(({state}) => state !== 'left-out');
  const found = wanted === undefined ? meant[0] : members.find(({name}) => name === wanted);
  if (found?.state === 'meant') return found.environment;
  if (found?.state === 'unusable') throw invalidEnvironments(found.problems);
  if (wanted === undefined) {
    throw usageError('no-source', `tenant ${tenant.name} has no enabled environment in ${stage.name}`, [
      listsOf([stage], tenant),
    ]);
  }
  if (found === undefined) refuseUnknown(model, wanted);
  throw usageError(
    'not-a-source',
    `${wanted} is no environment of ${stage.name} for tenant ${tenant.name}${reasonOf(found)}`,
    [`its environments: ${meant.map(({name}) => name).join(', ') || 'none'}`],
  );
}

/**
 * Those of the next stages' environments that are wanted. Raises `unknown-environment`, and `not-a-destination` for a name
 * of another stage's or of one that is left out.
 */
export function wantedMembers(
  model: Model,
  members: readonly Membership[],
  wanted: readonly string[],
): readonly Membership[] {
  const destinations = members.filter(({state}) => state !== 'left-out').map(({name}) => name);
  for (const name of wanted) {
    if (destinations.includes(name)) continue;
    const found = members.find((member) => member.name === name);
    if (found === undefined) refuseUnknown(model, name);
    throw usageError('not-a-destination', `${name} is no destination of this promotion${reasonOf(found)}`, [
      `its destinations: ${[...new Set(destinations)].join(', ') || 'none'}`,
    ]);
  }
  return wanted.length === 0 ? members : members.filter(({name}) => wanted.includes(name));
}

/** What the stages and the tenant list, for a message. */
export function listsOf(stages: readonly Stage[], tenant: Tenant): string {
  const listed = new Set(stages.flatMap(({environments}) => environments));
  return `the stage's environments: ${[...listed].join(', ') || 'none'}; the tenant's: ${tenant.environments.join(', ') || 'none'}`;
}

function refuseUnknown({names}: Model, environment: string): void {
  if (!names.environments.includes(environment))
    throw unknownName('environment', environment, names.environments);
}

const reasonOf = (found: Membership | undefined): string =>
  found?.state === 'left-out' ? `: it is ${found.reason}` : '';

function notNext(model: Model, from: Stage, wanted: string): Error {
  if (wanted === from.name) {
    return usageError('not-next', `${wanted} is the stage to promote from, none that follows it`, [
      `what follows: ${followersOf(from).join(', ')}`,
    ]);
  }
  const path = pathBetween(model, from.name, wanted);
  return usageError('not-next', `${wanted} does not follow ${from.name}`, [
    path === undefined
      ? `no path leads there from ${from.name}; what follows: ${followersOf(from).join(', ')}`
      : `promote step by step: ${path.join(' → ')}`,
  ]);
}

/** The shortest way along the stages, both ends included. */
function pathBetween(model: Model, from: string, to: string): string[] | undefined {
  const paths = [[from]];
  const seen = new Set([from]);
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const last = path.at(-1) ?? from;
    if (last === to) return path;
    for (const next of model.stages.get(last)?.next ?? []) {
      if (!seen.has(next)) paths.push([...path, next]);
      seen.add(next);
    }
  }
  return undefined;
}
