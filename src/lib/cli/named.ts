import {CorectlError} from '../errors.ts';

/**
 * The tenant that the flag names, or without the flag a variable that stands in for it. Raises `usage` for a flag without a
 * value: what was meant to be in it is not to be taken from elsewhere.
 */
export function tenantNamed(flag: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  refuseEmpty('tenant', flag);
  return firstOf(flag, env.P2P_TENANT_NAME, env.TENANT_NAME);
}

/** Raises `usage` for a flag that is given without a value. */
export function refuseEmpty(flag: string, value: string | readonly string[] | undefined): void {
  if (value === undefined || ![value].flat().includes('')) return;
  throw new CorectlError({
    code: 'usage',
    message: `--${flag} is empty: a name was expected`,
    suggestions: [`give it a value, or leave --${flag} out`],
  });
}

/** The first that is set; empty ones, as variables of a pipeline may be, are not. */
export const firstOf = (...values: readonly (string | undefined)[]): string | undefined =>
  values.find((value) => value !== undefined && value !== '');
