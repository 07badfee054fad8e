import {loadEnvironments, type Environments} from './load-environments.ts';
import {loadStages, misspeltDemands, type LoadedStages} from './load-stages.ts';
import {locatedAt} from './located.ts';
import {loadTenants} from './load-tenants.ts';
import {locationProblems} from '../location.ts';
import type {Model, Problem, Stage} from '../model.ts';
import {concerning, readYaml, type RepositoryFile} from './read-file.ts';
import {valueAt} from './shape.ts';
import type {YamlFile} from './yaml.ts';

/**
 * Reads a whole environments repository. Whatever is wrong becomes a problem of the model, and everything else stays
 * usable. `override` is a file whose `p2p` block, if it has one, is taken instead of the repository's.
 */
export function loadModel(root: string, override?: YamlFile): Promise<Model> {
  const {environments, tenantFolders, ...inEnvironments} = loadEnvironments(root);
  const own = readYaml(root, 'corectl.yaml');
  const {stages, names, trust, record, ...inStages} =
    override !== undefined && hasStages(override)
      ? demandingAsWell(loadStages(override, environments), own)
      : loadStages(own, environments);
  const {tenants, ...inTenants} = loadTenants(root, tenantFolders, environments);
  const problems: Problem[] = [
    ...inStages.problems,
    ...inEnvironments.problems,
    ...underivable(environments, stages.values()),
    ...inTenants.problems,
  ];
  const {usable, known, enabled} = environments;
  return Promise.resolve({
    names: {environments: [...known], enabled: [...enabled], stages: names},
    environments: usable,
    tenants,
    stages,
    ...(trust && {trust}),
    ...(record && {record}),
    problems,
  });
}

/** Stages of one's own; what the repository demands, and of whom, holds for them as well. */
function demandingAsWell(override: LoadedStages, own: RepositoryFile): LoadedStages {
  const demanding = [...override.stages].map(([name, stage]): [string, Stage] => {
    const require = locatedAt(own, ['p2p', name, 'require']) ?? stage.require;
    return [name, {...stage, ...(require && {require})}];
  });
  return {
    stages: new Map(demanding),
    names: override.names,
    trust: locatedAt(own, ['p2p', 'trust']) ?? override.trust,
    record: locatedAt(own, ['p2p', 'record']) ?? override.record,
    // what cannot be read may demand anything, and so may `corectl.yml`
    problems: [
      ...override.problems,
      ...(own.missing && !own.misnamed ? [] : own.problems),
      ...misspeltDemands(own),
    ],
  };
}

/** What keeps the enabled environments of the stages from having repositories; of the others nothing follows. */
function underivable({usable, flawed, enabled}: Environments, stages: Iterable<Stage>): Problem[] {
  const used = new Set(
    [...stages].flatMap((stage) => stage.environments).filter((name) => enabled.has(name)),
  );
  return [...used].flatMap((name) => {
    const environment = usable.get(name) ?? flawed.get(name);
    const problems = environment === undefined ? [] : locationProblems(environment);
    return concerning(problems, {kind: 'environment', name});
  });
}

/** Whether the file has a `p2p` block to override with. */
export function hasStages(file: YamlFile): boolean {
  const stages = valueAt(file.value, ['p2p']);
  return stages !== undefined && stages !== '';
}
