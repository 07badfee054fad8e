import {unknownName, usageError} from '../usage-error.ts';
import {stageEnvironments} from '../environments/location.ts';
import type {Environment, Model, Stage, Tenant} from '../environments/model.ts';

/** The stage of that name. Raises `unknown-stage`, and `last-stage` for one that nothing follows. */
export function fromStageOf(model: Model, name: string): Stage {
  const stage = model.stages.get(name);
  if (stage === undefined) throw unknownName('stage', name, model.stages.keys());
  if (stage.next.length > 0) return stage;
  throw usageError('last-stage', `${name} is the last stage: there is nothing to promote to`, [
    'corectl p2p stages shows the path',
  ]);
}

/** The stages that follow, or those of them that are wanted. Raises `unknown-stage`, and `not-next` telling the way there. */
export function nextStagesOf(model: Model, from: Stage, wanted: readonly string[]): Stage[] {
  for (const name of wanted) {
    if (!model.stages.has(name)) throw unknownName('stage', name, model.stages.keys());
    if (!from.next.includes(name)) throw notNext(model, from, name);
  }
  const names = wanted.length === 0 ? from.next : from.next.filter((name) => wanted.includes(name));
  return names.map((name) => model.stages.get(name)).filter((stage) => stage !== undefined);
}

/** The environment to read from: the first of the stage's for the tenant, or the one that is named. */
export function sourceEnvironmentOf(
  model: Model,
  stage: Stage,
  tenant: Tenant,
  wanted: string | undefined,
): Environment {
  const candidates = stageEnvironments(model, stage, tenant);
  const [first] = candidates;
  if (first === undefined) {
    throw usageError('no-source', `tenant ${tenant.name} has no enabled environment in ${stage.name}`, [
      `the stage's environments: ${stage.environments.join(', ') || 'none'}; the tenant's: ${tenant.environments.join(', ') || 'none'}`,
    ]);
  }
  if (wanted === undefined) return first;
  const found = candidates.find(({name}) => name === wanted);
  if (found !== undefined) return found;
  if (!model.environments.has(wanted)) throw unknownName('environment', wanted, model.environments.keys());
  throw usageError('not-a-source', `${wanted} is no environment of ${stage.name} for tenant ${tenant.name}`, [
    `its environments: ${candidates.map(({name}) => name).join(', ')}`,
  ]);
}

/** The destination environments, or those of them that are wanted. Raises `unknown-environment` and `not-a-destination`. */
export function wantedEnvironments(
  model: Model,
  destinations: readonly string[],
  wanted: readonly string[],
): Set<string> {
  for (const name of wanted) {
    if (destinations.includes(name)) continue;
    if (!model.environments.has(name)) throw unknownName('environment', name, model.environments.keys());
    throw usageError('not-a-destination', `${name} is no destination of this promotion`, [
      `its destinations: ${[...new Set(destinations)].join(', ')}`,
    ]);
  }
  return new Set(wanted.length === 0 ? destinations : wanted);
}

function notNext(model: Model, from: Stage, wanted: string): Error {
  const path = pathBetween(model, from.name, wanted);
  return usageError('not-next', `${wanted} does not follow ${from.name}`, [
    path === undefined
      ? `no path leads there from ${from.name}; what follows: ${from.next.join(', ')}`
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
