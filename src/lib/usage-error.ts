import {CorectlError} from './errors.ts';
import {nearest} from './nearest.ts';
import type {ErrorCode} from './troubles.ts';

/** An error of the request or the environments repository: exit code 2, no registry was contacted. */
export function usageError(
  code: ErrorCode,
  message: string,
  suggestions: readonly string[] = [],
): CorectlError {
  return new CorectlError({code, message, suggestions});
}

/** The error for a name that is not known, with the nearest ones, or all of them when they are few. */
export function unknownName(
  kind: 'tenant' | 'stage' | 'environment',
  name: string,
  known: Iterable<string>,
): CorectlError {
  const names = [...known];
  const near = nearest(name, names);
  const meant =
    near.length > 0
      ? `did you mean ${near.join(' or ')}?`
      : `known: ${names.slice(0, 20).join(', ') || 'none'}`;
  return usageError(`unknown-${kind}`, `there is no ${kind} ${JSON.stringify(name)}`, [meant]);
}
