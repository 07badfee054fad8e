import type {AtCursor, Given, Known} from './at-cursor.ts';
import {firstOf} from '../flags/named.ts';
import {homeDirectory} from '../../environments/home.ts';
import type {Model, Tenant} from '../../environments/model.ts';
import {openEnvironments} from '../../environments/open.ts';

/** The words that the environments repository knows. Raises what opening it raises. */
export async function knownWords(
  known: KnownToRepository,
  {flag = '', given}: Pick<AtCursor, 'flag' | 'given'>,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const {model} = await openEnvironments(homeDirectory(env));
  return namesOf[known](model, {flag, given, tenant: model.tenants.get(tenantIn(given, env) ?? '')});
}

/** The tenant that the line names, or the variable that stands in for it. */
export const tenantIn = (given: Given, env: NodeJS.ProcessEnv): string | undefined =>
  firstOf(given.tenant, env.P2P_TENANT_NAME, env.TENANT_NAME);

type KnownToRepository = Exclude<Known, 'images' | 'files'>;

interface Wanted {
  readonly flag: string;
  readonly given: Given;
  readonly tenant: Tenant | undefined;
}

const namesOf: Readonly<Record<KnownToRepository, (model: Model, wanted: Wanted) => string[]>> = {
  tenants: ({tenants}) => [...tenants.values()].filter(({kind}) => kind !== 'OrgUnit').map(({name}) => name),
  owners: ({tenants}) => [...new Set([...tenants.values()].flatMap(({owner}) => owner ?? []))],
  stages: stageNames,
  environments: ({environments}, {tenant}) =>
    [...environments.keys()].filter((name) => tenant === undefined || tenant.environments.includes(name)),
};

/** Where images come from something follows; where they go is what follows that. */
function stageNames({stages}: Model, {flag, given}: Wanted): string[] {
  const all = [...stages.values()];
  if (flag === 'from-stage') return all.filter(({next}) => next.length > 0).map(({name}) => name);
  const from = flag === 'to-stage' ? stages.get(given['from-stage'] ?? '') : undefined;
  return from === undefined ? [...stages.keys()] : [...from.next];
}
