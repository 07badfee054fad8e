import {equallyNear} from '../../nearest.ts';
import {isRecord} from '../../is-record.ts';
import {isRepositoryPath} from '../../oci/reference.ts';
import {checkNames} from './check-names.ts';
import type {Environments} from './load-environments.ts';
import {locatedAt} from './located.ts';
import {breakCycles, type StageEdges} from './path.ts';
import {misplacedAmongStages, misplacedBesideP2p, misplacedInStage} from './misplaced-demands.ts';
import {misspeltKeys} from './misspelt-keys.ts';
import type {Located, Problem, Stage, Subject} from '../model.ts';
import {concerning} from './read-file.ts';
import {stageShape} from './schema.ts';
import {applyShape, describeValue, valueAt} from './shape.ts';
import type {YamlFile, YamlPath} from './yaml.ts';

export interface LoadedStages {
  readonly stages: ReadonlyMap<string, Stage>;
  /** Every stage that the block has, readable or not. */
  readonly names: readonly string[];
  readonly trust?: Located | undefined;
  readonly record?: Located | undefined;
  readonly problems: readonly Problem[];
}

/** Reads the `p2p` block: the stages, in the file's order, and what follows what. */
export function loadStages(file: YamlFile, environments: Environments): LoadedStages {
  const block = valueAt(file.value, ['p2p']);
  if (file.value === undefined || block === undefined || typeof block === 'string' || Array.isArray(block)) {
    const message = `expected a mapping of stages, found ${describeValue(block)}`;
    const missing = file.problems.length > 0 ? [] : [{...file.origin(['p2p']), message}];
    return {stages: new Map(), names: [], problems: [...file.problems, ...missing]};
  }
  const names = Object.keys(block).filter((name) => !besideStages.includes(name));
  if (names.length > stageLimit) {
    const message = `expected at most ${stageLimit} stages, found ${names.length}`;
    return {stages: new Map(), names: [], problems: [{...file.origin(['p2p']), message}]};
  }
  const loaded = names.map((name) => loadStage(file, name, {names, environments}));
  const edges = new Map(loaded.flatMap(({edges: one}) => (one ? [[one.stage.name, one] as const] : [])));
  const {stages, problems} = breakCycles(edges, file);
  const [trust, record] = besideStages.map((name) => locatedAt(file, ['p2p', name]));
  const all = [
    ...file.problems,
    ...loaded.flatMap((one) => one.problems),
    ...misspeltStages(file, names, edges),
    ...misspeltBeside(file, names, edges),
    ...misplacedBesideP2p(file),
    ...misplacedAmongStages(file, (name) => edges.has(name)),
    ...problems,
  ];
  return {stages, names, trust, record, problems: all};
}

/**
 * What is misspelt or misplaced in a file of what is demanded, and of whom: all that matters of one whose stages are overridden.
 */
export function misspeltDemands(file: YamlFile): Problem[] {
  const block = valueAt(file.value, ['p2p']);
  if (!isRecord(block)) return [];
  const names = Object.keys(block).filter((name) => !besideStages.includes(name));
  const isStage = (name: string) => 'value' in applyShape(stageShape, file, ['p2p', name]);
  const inStage = (at: YamlPath) => [...misspeltKeys(file, at, ['require']), ...misplacedInStage(file, at)];
  return [
    ...misspeltBeside(file, names, new Set(names.filter(isStage))),
    ...misplacedBesideP2p(file),
    ...misplacedAmongStages(file, isStage),
    ...names.flatMap((name) => concerning(inStage(['p2p', name]), {kind: 'stage', name})),
  ];
}

/** What stands beside the stages and is none: read in policy/ and record/. */
const besideStages = ['trust', 'record'];

// far above any real path, so that looking for cycles stays quick
const stageLimit = 100;

interface Around {
  readonly names: readonly string[];
  readonly environments: Environments;
}

function loadStage(file: YamlFile, name: string, around: Around): {edges?: StageEdges; problems: Problem[]} {
  const at = ['p2p', name];
  const concerns: Subject[] = [{kind: 'stage', name}];
  const shaped = applyShape(stageShape, file, at);
  const problems = [
    ...problemsOfName(file, name),
    ...('problems' in shaped ? shaped.problems : []),
    ...misspeltKeys(file, at, stageKeys),
    ...misplacedInStage(file, at),
    ...namesNowhere(file, at, around),
  ];
  if ('problems' in shaped || problemsOfName(file, name).length > 0)
    return {problems: concerning(problems, ...concerns)};
  const {'default-envs': names, next} = shaped.value;
  const require = locatedAt(file, [...at, 'require']);
  const stage: Stage = {
    name,
    environments: [...new Set(names)],
    next: next === undefined ? standardNext(name, around.names) : [...new Set(next)],
    origin: file.origin([...at, 'default-envs']),
    ...(require && {require}),
  };
  return {edges: {stage, ownNext: next !== undefined}, problems: concerning(problems, ...concerns)};
}

/** What a stage names that is not there, in each of its lists that is one, whatever the rest of it is. */
function namesNowhere(file: YamlFile, at: YamlPath, {names, environments}: Around): Problem[] {
  const listed = (key: 'default-envs' | 'next') => {
    const list = applyShape(stageShape.shape[key], file, [...at, key]);
    return 'value' in list ? (list.value ?? []) : [];
  };
  const check = (key: 'default-envs' | 'next', expected: string, known: Iterable<string>) =>
    checkNames(listed(key), {file, at: [...at, key], expected, known});
  return [
    ...check('default-envs', 'an environment that exists', environments.known),
    ...check('next', 'a stage that exists', names),
  ];
}

function problemsOfName(file: YamlFile, name: string): Problem[] {
  if (isRepositoryPath(name) && !name.includes('/')) return [];
  const message = `expected a stage's name in lower-case letters, digits and dashes, found ${describeValue(name)}`;
  return [{...file.origin(['p2p', name]), message}];
}

const stageKeys = ['default-envs', 'next', 'require'];

/**
 * Stages that nothing leads to and that are called nearly like a standard one which is missing: the stage before that one
 * would pass it by.
 */
function misspeltStages(
  file: YamlFile,
  names: readonly string[],
  edges: ReadonlyMap<string, StageEdges>,
): Problem[] {
  const reached = new Set([...edges.values()].flatMap(({stage}) => stage.next));
  const missing = standardOrder.filter((name) => !names.includes(name));
  const alone = names.filter((name) => !standardOrder.includes(name) && !reached.has(name));
  return alone.flatMap((name): Problem[] => {
    const meant = equallyNear(name, missing);
    if (meant.length === 0) return [];
    const message = `expected a stage that another one leads to, found ${describeValue(name)} (did you mean ${meant.join(' or ')}?)`;
    const passing = meant.flatMap((one) => stageBefore(one, names) ?? []);
    const concerned = [name, ...passing.filter((one) => edges.get(one)?.ownNext !== true)];
    return [
      {
        ...file.origin(['p2p', name]),
        message,
        concerns: concerned.map((one) => ({kind: 'stage', name: one})),
      },
    ];
  });
}

/** What is no stage, and is called nearly like what stands beside them: every promotion would go on without it. */
function misspeltBeside(
  file: YamlFile,
  names: readonly string[],
  stages: Pick<ReadonlySet<string>, 'has'>,
): Problem[] {
  return names.flatMap((name): Problem[] => {
    const meant = stages.has(name) ? [] : equallyNear(name, besideStages);
    if (meant.length === 0) return [];
    const message = `expected a stage, found ${describeValue(name)} (did you mean ${meant.join(' or ')}?)`;
    return [{...file.origin(['p2p', name]), message}];
  });
}

/** The standard stage that leads to this one, of those that are there. */
const stageBefore = (name: string, names: readonly string[]): string | undefined =>
  standardOrder.slice(0, standardOrder.indexOf(name)).findLast((one) => names.includes(one));

const standardOrder = ['fast-feedback', 'extended-test', 'prod'];

/** The next of the standard stages that is defined; a stage of the user's own leads nowhere by itself. */
function standardNext(name: string, defined: readonly string[]): string[] {
  const index = standardOrder.indexOf(name);
  const later = index < 0 ? [] : standardOrder.slice(index + 1);
  return later.filter((one) => defined.includes(one)).slice(0, 1);
}
