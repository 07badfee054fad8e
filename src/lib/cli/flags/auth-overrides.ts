import * as Flags from '@oclif/core/flags';
import type {AuthOverrides} from '../../access/identities.ts';
import {refuseEmpty} from './named.ts';
import {several} from './several.ts';

/** The flags that name credential files. */
export const authOverrideFlags = {
  'source-auth-override': Flags.string({
    helpValue: 'FILE',
    description: 'credential file for the source',
    env: 'SOURCE_AUTH_OVERRIDE',
  }),
  'dest-auth-override': Flags.string({
    helpValue: 'FILE',
    description:
      'credential file for all destinations or, as ENVIRONMENT=FILE, for one; repeatable [env: DEST_AUTH_OVERRIDE]',
    ...several,
  }),
};

export interface AuthOverrideFlags {
  readonly 'source-auth-override'?: string | undefined;
  readonly 'dest-auth-override'?: readonly string[] | undefined;
}

/**
 * The credential files that the flags name. DEST_AUTH_OVERRIDE stands in for --dest-auth-override, and is for all
 * destinations. Raises `usage` for a flag without a value: another identity than the one that was meant would be found.
 */
export function authOverridesOf(
  flags: AuthOverrideFlags,
  {DEST_AUTH_OVERRIDE: forAll}: NodeJS.ProcessEnv,
): AuthOverrides {
  for (const name of ['source-auth-override', 'dest-auth-override'] as const) refuseEmpty(name, flags[name]);
  return {
    source: flags['source-auth-override'],
    destinations: flags['dest-auth-override'] ?? (forAll ? [forAll] : []),
  };
}
