// What must come of a promotion by the one rule: what is named is among the destinations, or left out with a reason that
// the repository itself gives, or the run is refused. It knows names and faults; no file, no position, no planner.
import {
  environmentNames,
  explicitParts,
  stageNames,
  type Entry,
  type EnvironmentName,
  type Given,
  type RandomCase,
  type RandomRepository,
  type RandomRequest,
  type RandomStage,
  type StageName,
} from './named-repositories.ts';

export interface Outcome {
  /** An environment, or a registry with its stage. */
  readonly source: string;
  /** `STAGE/ENVIRONMENT`, or a registry with its stage. */
  readonly destinations: readonly string[];
  /** `STAGE/ENVIRONMENT REASON` */
  readonly leftOut: readonly string[];
}

/** What a promotion must come to, or why it must be refused. */
export function expected(one: RandomCase): Outcome | {readonly refused: string} {
  const form = formOf(one.request);
  if (form === 'neither') return {refused: 'half of one form, or of both'};
  return form === 'explicit' ? ofRegistries(one.request) : ofRepository(one);
}

/** What a flag says is said; what is left unsaid by all flags of a form may be said by variables. */
function formOf(request: RandomRequest): 'explicit' | 'derived' | 'neither' {
  const {tenant, fromStage, toStages, environments, sourceEnvironment, explicit} = request;
  const parts = explicitParts.map((name) => explicit[name]);
  const derivedFlags = [tenant.flag, fromStage, sourceEnvironment, ...toStages, ...environments].filter(
    isSaid,
  );
  const explicitFlags = parts.map(({flag}) => flag).filter(isSaid);
  if ([...derivedFlags, ...explicitFlags].includes('')) return 'neither';
  if (derivedFlags.length > 0 && explicitFlags.length > 0) return 'neither';
  const isComplete = parts.every((given) => said(given) !== '');
  if (isComplete && derivedFlags.length === 0) return 'explicit';
  if (explicitFlags.length > 0 || fromStage === null || said(tenant) === '') return 'neither';
  return 'derived';
}

const isSaid = (text: string | null): text is string => text !== null;

/** Nothing where neither says anything. */
const said = ({flag, variable}: Given): string => flag ?? variable ?? '';

function ofRegistries({explicit, images, tags}: RandomRequest): Outcome | {readonly refused: string} {
  const {sourceRegistry, sourceStage, destRegistry, destStage} = explicit;
  if (![sourceRegistry, destRegistry].every((given) => said(given).includes('.')))
    return {refused: 'no registry'};
  if (writeOneTag(images, tags)) return {refused: 'one tag, two images'};
  const [source, destination] = [
    `${said(sourceRegistry)}/${said(sourceStage)}`,
    `${said(destRegistry)}/${said(destStage)}`,
  ];
  return {source, destinations: [destination], leftOut: []};
}

function ofRepository({repository, request}: RandomCase): Outcome | {readonly refused: string} {
  const {toStages, environments, sourceEnvironment} = request;
  const stages = new Map(repository.stages.map((stage) => [stage.key.name, stage]));
  const states = new Map(environmentNames.map((name) => [name, stateOf(repository, name)]));
  const refused = (why: string) => ({refused: why});

  if (repository.fault !== 'none') return refused(repository.fault);
  if (said(request.tenant) !== 'payments' || repository.tenant.fault !== 'none') return refused('tenant');
  const from = request.fromStage === null ? undefined : stages.get(request.fromStage);
  if (from === undefined || !isSound(from, repository)) return refused('from-stage');
  const followers = followersOf(from, stages);
  if (followers.length === 0) return refused('last stage');
  if (toStages.some((name) => !followers.includes(name as StageName))) return refused('to-stage');
  const next = followers
    .filter((name) => toStages.length === 0 || toStages.includes(name))
    .map((name) => stages.get(name));
  if (!next.every((stage) => stage !== undefined && isSound(stage, repository))) return refused('next');

  const candidates = from.environments.map(({name}) => name);
  const source = sourceEnvironment ?? candidates.find((name) => !isLeftOut(states.get(name)));
  if (source === undefined || !candidates.includes(source) || states.get(source) !== 'meant')
    return refused('source');

  const named = next.flatMap(
    (stage) => stage?.environments.map(({name}) => ({name, stage: stage.key.name})) ?? [],
  );
  const wanted = named.filter(({name}) => environments.length === 0 || environments.includes(name));
  if (
    environments.some((name) => !wanted.some((one) => one.name === name && !isLeftOut(states.get(one.name))))
  )
    return refused('environment');
  if (wanted.some(({name}) => states.get(name) === 'broken')) return refused('broken');
  const meant = wanted.filter(({name}) => states.get(name) === 'meant');
  const idle = next.filter((stage) => !meant.some((one) => one.stage === stage?.key.name));
  if (meant.length === 0 || (toStages.length > 0 && idle.length > 0)) return refused('nothing there');
  if (environments.length === 0 && idle.some((stage) => stage?.environments.length === 0))
    return refused('empty gate');
  if (
    differ(
      meant.map(({name}) => name),
      repository,
    )
  )
    return refused('one place, two settings');
  if (writeOneTag(request.images, request.tags)) return refused('one tag, two images');
  const leftOut = wanted.filter(({name}) => isLeftOut(states.get(name)));
  return {
    source,
    destinations: meant.map(({name, stage}) => `${stage}/${name}`),
    leftOut: leftOut.map(({name, stage}) => `${stage}/${name} ${states.get(name) ?? ''}`),
  };
}

type State = 'meant' | 'broken' | 'not enabled' | "not the tenant's";

const isLeftOut = (state: State | undefined): boolean =>
  state === 'not enabled' || state === "not the tenant's";

/** Left out only where both lists leave no doubt; broken where it is, or may be, meant and cannot be used. */
function stateOf({environments, enabled, tenant}: RandomRepository, name: EnvironmentName): State {
  const inUse = enabled === null ? 'yes' : mentioned(enabled, name);
  const listed = mentioned(tenant.environments, name);
  if (environments[name] !== undefined && inUse === 'no') return 'not enabled';
  if (listed === 'no') return "not the tenant's";
  const isUsable = environments[name]?.fault === 'none';
  return isUsable && inUse === 'yes' && listed === 'yes' ? 'meant' : 'broken';
}

/** A misspelt name may mean any of those that it is equally near to. */
function mentioned(entries: readonly Entry<string>[], name: string): 'yes' | 'no' | 'perhaps' {
  const found = entries.find((entry) => entry.name === name);
  if (found?.slip === 'none') return 'yes';
  const isEither = name.startsWith('prod-') && entries.some(({slip}) => slip === 'either');
  return found !== undefined || isEither ? 'perhaps' : 'no';
}

/** Whether a stage can be used: its own words, every name that it mentions, and what follows it. */
function isSound(stage: RandomStage, {environments, stages}: RandomRepository): boolean {
  const byName = new Map(stages.map((one) => [one.key.name, one]));
  return (
    stage.key.slip === 'none' &&
    stage.fault === 'none' &&
    stage.environments.every(({name, slip}) => slip === 'none' && environments[name] !== undefined) &&
    (stage.next ?? []).every(({slip}) => slip === 'none') &&
    !leadsBack(stage, byName) &&
    followersOf(stage, byName).every((name) => byName.get(name)?.key.slip === 'none')
  );
}

/** The next of the standard stages that is there at all, however it is spelt, unless the stage names its successors. */
function followersOf({key, next}: RandomStage, stages: ReadonlyMap<StageName, RandomStage>): StageName[] {
  if (next !== null) return next.map(({name}) => name);
  if (key.name === 'soak') return [];
  const later = stageNames.slice(stageNames.indexOf(key.name) + 1);
  return later.filter((name) => name !== 'soak' && stages.has(name)).slice(0, 1);
}

/** Whether a way along stages that can be read leads from a stage to itself. */
function leadsBack(stage: RandomStage, stages: ReadonlyMap<StageName, RandomStage>): boolean {
  const reached = new Set<RandomStage>();
  const visit = (from: RandomStage): void => {
    for (const name of followersOf(from, stages)) {
      const next = stages.get(name);
      if (next === undefined || next.fault !== 'none' || next.key.slip !== 'none' || reached.has(next))
        continue;
      reached.add(next);
      visit(next);
    }
  };
  visit(stage);
  return reached.has(stage);
}

/** Whether environments that share a repository say different things about it. */
function differ(names: readonly EnvironmentName[], {environments}: RandomRepository): boolean {
  const sharing = names.flatMap((name) => environments[name] ?? []).filter(({isShared}) => isShared);
  return new Set(sharing.map(({credentials, plainHttp}) => `${credentials} ${plainHttp}`)).size > 1;
}

/** Whether two images of one name get one tag. */
function writeOneTag(images: readonly string[], tags: readonly string[]): boolean {
  const written = images.flatMap((image) => {
    const [, name = '', own] = /^(\w+)(?::([\w.]+))?/.exec(image) ?? [];
    return [...new Set([...(own === undefined ? [] : [own]), ...tags])].map((tag) => `${name}:${tag}`);
  });
  return new Set(written).size < written.length;
}
