import {unknownName, usageError} from '../usage-error.ts';
import type {Model, Problem, Tenant} from './model.ts';

/** The tenant of that name. Raises `unknown-tenant`, and `org-unit` for one that owns no images. */
export function tenantOf(model: Model, name: string): Tenant {
  const tenant = model.tenants.get(name);
  if (tenant === undefined) throw unknownName('tenant', name, model.tenants.keys());
  if (tenant.kind !== 'OrgUnit') return tenant;
  const units = [...model.tenants.values()].filter(({owner, kind}) => owner === name && kind !== 'OrgUnit');
  throw usageError('org-unit', `${name} is an org unit, which owns delivery units and no images`, [
    units.length === 0
      ? 'name a delivery unit: corectl tenant list'
      : `name one of its delivery units: ${units.map((unit) => unit.name).join(', ')}`,
  ]);
}

/**
 * Tenants whose files cannot be used, by the name that the file gives or has: nobody can tell what they own. What makes a
 * tenant unsure that can be used is told where that one is.
 */
export function unusableTenants({problems, tenants}: Model): {name: string; problems: readonly Problem[]}[] {
  const concerned = problems.flatMap((problem) => {
    const names = (problem.concerns ?? []).flatMap(({kind, name}) => (kind === 'tenant' ? [name] : []));
    const name = names.some((one) => tenants.has(one)) ? undefined : names.at(-1);
    return name === undefined ? [] : [{name, problem}];
  });
  return [...new Set(concerned.map(({name}) => name))].map((name) => ({
    name,
    problems: concerned.filter((one) => one.name === name).map(({problem}) => problem),
  }));
}

/** What tenants are chosen by; all without it. */
export interface TenantFilter {
  readonly owner?: string | undefined;
  readonly environment?: string | undefined;
}

/** The tenants that are somebody's, or in an environment. Raises `unknown-tenant` and `unknown-environment`. */
export function tenantsWith(model: Model, {owner, environment}: TenantFilter): Tenant[] {
  const {tenants, names} = model;
  const all = [...tenants.values()];
  if (owner !== undefined && !tenants.has(owner) && !all.some((one) => one.owner === owner))
    throw unknownName('tenant', owner, tenants.keys());
  if (environment !== undefined && !names.environments.includes(environment))
    throw unknownName('environment', environment, names.environments);
  return all.filter(
    (one) =>
      (owner === undefined || one.owner === owner) &&
      (environment === undefined || one.environments.includes(environment)),
  );
}
