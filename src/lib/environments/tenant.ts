import {unknownName, usageError} from '../usage-error.ts';
import type {Model, Tenant} from './model.ts';

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
