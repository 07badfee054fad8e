import {loadEnvironments} from './load-environments.ts';
import {loadStages} from './load-stages.ts';
import {loadTenants} from './load-tenants.ts';
import type {Model, Problem} from './model.ts';
import {readYaml} from './read-file.ts';
import {valueAt} from './shape.ts';
import type {YamlFile} from './yaml.ts';

/**
 * Reads a whole environments repository. Whatever is wrong becomes a problem of the model, and everything else stays
 * usable. `override` is a file whose `p2p` block, if it has one, is taken instead of the repository's.
 */
export function loadModel(root: string, override?: YamlFile): Promise<Model> {
  const {environments, tenantFolders, ...inEnvironments} = loadEnvironments(root);
  const overridden = override !== undefined && hasStages(override);
  const {stages, ...inStages} = loadStages(
    overridden ? override : readYaml(root, 'corectl.yaml'),
    environments,
  );
  const {tenants, ...inTenants} = loadTenants(root, tenantFolders, environments);
  const problems: Problem[] = [...inStages.problems, ...inEnvironments.problems, ...inTenants.problems];
  return Promise.resolve({environments: environments.usable, tenants, stages, problems});
}

/** Whether the file has a `p2p` block to override with. */
export function hasStages(file: YamlFile): boolean {
  const stages = valueAt(file.value, ['p2p']);
  return stages !== undefined && stages !== '';
}
