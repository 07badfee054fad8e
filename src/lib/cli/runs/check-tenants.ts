import pLimit from 'p-limit';
import type {TenantAccess} from '../../access/documents.ts';
import {homeDirectory} from '../../environments/home.ts';
import {openEnvironments} from '../../environments/open.ts';
import {invalidEnvironments} from '../../environments/problem.ts';
import {unusableTenants} from '../../environments/tenant.ts';
import {CorectlError, errorReport, exitCodes} from '../../errors.ts';
import type {AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';
import {usageError} from '../../usage-error.ts';
import {checkTenant, type TenantCheck} from './check-tenant.ts';

/** Tenants that are checked at once: each has identities, and with them connections, of its own. */
const tenantsAtOnce = 4;

/**
 * The same as checkTenant for every tenant that owns images. One that has nothing in the stages and environments that are wanted
 * is passed over; what keeps another from being checked, or from being read at all, stands beside its name. Raises
 * `no-environment` where nothing is left to check: that is not to look like all being well.
 */
export async function checkTenants(
  command: BaseCommand,
  wanted: Omit<TenantCheck, 'tenant'>,
  flags: AuthOverrideFlags & NetworkFlags,
): Promise<TenantAccess[]> {
  const {model} = await openEnvironments(homeDirectory(process.env));
  const owners = [...model.tenants.values()].filter(({kind}) => kind !== 'OrgUnit');
  const limit = pLimit(tenantsAtOnce);
  const checked = await Promise.all(
    owners.map(({name: tenant}) => limit(() => checkOne(command, {...wanted, tenant}, flags))),
  );
  const unread = unusableTenants(model).map(({name, problems}) => ({
    tenant: name,
    environments: [],
    error: errorReport(invalidEnvironments(problems)),
  }));
  const all = [...checked.filter(({error}) => error?.code !== 'no-environment'), ...unread];
  const untried = namesUntried(all, wanted);
  if (all.length === 0 || (untried.length > 0 && all.every(isTried))) throw nothingToCheck(untried);
  return all;
}

/** Whether it is known where a tenant was tried: what failed before is told as what it is. */
const isTried = ({error, environments}: TenantAccess): boolean =>
  error === null && environments.every(({repositories}) => repositories.length > 0);

/** Names of stages and environments that led nowhere for any tenant. */
function namesUntried(all: readonly TenantAccess[], wanted: Omit<TenantCheck, 'tenant'>): string[] {
  const environments = all.flatMap((one) => one.environments);
  const tried = new Set([
    ...environments.map(({environment}) => environment),
    ...environments.flatMap(({repositories}) => repositories.map(({stage}) => stage)),
  ]);
  return [...wanted.stages, ...wanted.environments].filter((name) => !tried.has(name));
}

function nothingToCheck(names: readonly string[]): CorectlError {
  const where = names.join(', ') || 'any stage';
  return usageError('no-environment', `no tenant has an enabled environment for ${where}`, [
    'corectl tenant list shows the tenants, corectl p2p stages which stage has which environments',
  ]);
}

async function checkOne(
  command: BaseCommand,
  wanted: TenantCheck,
  flags: AuthOverrideFlags & NetworkFlags,
): Promise<TenantAccess> {
  const {tenant} = wanted;
  try {
    return {
      tenant,
      environments: await checkTenant(command, {...wanted, isAlone: false}, flags),
      error: null,
    };
  } catch (error) {
    // what is wrong with the request is so for all of them
    const own = ['no-environment', 'invalid-environments', 'invalid-location'];
    if (!(error instanceof CorectlError) || error.exitCode !== exitCodes.usage || !own.includes(error.code))
      throw error;
    return {tenant, environments: [], error: errorReport(error)};
  }
}
