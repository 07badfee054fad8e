import * as Flags from '@oclif/core/flags';
import {usageError} from '../../usage-error.ts';
import {firstOf, refuseEmpty} from './named.ts';

/** Whose images a command is about. */
export const tenantFlag = {
  tenant: Flags.string({
    char: 't',
    helpValue: 'TENANT',
    description: 'owner of the images [env: P2P_TENANT_NAME, TENANT_NAME]',
  }),
};

/**
 * The tenant that the flag names, or without the flag a variable that stands in for it. Raises `usage` for none, and for a
 * flag without a value: what was meant to be in it is not to be taken from elsewhere.
 */
export function tenantNamed(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  refuseEmpty('tenant', flag);
  const tenant = firstOf(flag, env.P2P_TENANT_NAME, env.TENANT_NAME);
  if (tenant !== undefined) return tenant;
  throw usageError('usage', 'the tenant is missing', [
    'name it with --tenant, or in P2P_TENANT_NAME; corectl tenant list shows all',
  ]);
}
