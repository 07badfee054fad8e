import {usageError} from '../../usage-error.ts';

/** Raises `usage` for a flag that is given without a value. */
export function refuseEmpty(flag: string, value: string | readonly string[] | undefined): void {
  if (value === undefined || ![value].flat().includes('')) return;
  throw usageError('usage', `--${flag} is empty: a value was expected`, [
    `give it a value, or leave --${flag} out`,
  ]);
}

/** The first value that is set. An empty one counts as unset: variables of a pipeline may be empty. */
export const firstOf = (...values: readonly (string | undefined)[]): string | undefined =>
  values.find((value) => value !== undefined && value !== '');
