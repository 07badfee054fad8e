import pLimit from 'p-limit';
import type {TenantAccess} from '../../access/documents.ts';
import {homeDirectory} from '../../environments/home.ts';
import {openEnvironments} from '../../environments/open.ts';
import {CorectlError, errorReport, exitCodes} from '../../errors.ts';
import type {AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import {checkTenant, type TenantCheck} from './check-tenant.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

/** Tenants that are checked at once: each has identities, and with them connections, of its own. */
const tenantsAtOnce = 4;

/**
 * The same as checkTenant for every tenant that owns images. One that has nothing in the stages and environments that are wanted
 * is passed over; what keeps another from being checked stands beside its name.
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
  return checked.filter(({error}) => error?.code !== 'no-environment');
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
