import type {Identity} from '../oci/credential.ts';
import {dockerLoginsOf, identityFor} from '../credentials/chain.ts';
import type {Side} from './connection.ts';
import type {Place, Plan} from './plan.ts';
import {usageError} from './usage-error.ts';

export interface AuthOverrides {
  /** A credential file for the source's environment. */
  readonly source?: string | undefined;
  /** `FILE` for all destinations, or `ENVIRONMENT=FILE`. */
  readonly destinations: readonly string[];
}

/**
 * Who corectl is for each environment of a plan, by `env`, the process's environment, and the files that the user named.
 * Raises `unknown-environment` for a file of an environment that is no destination.
 */
export function identitiesFor(plan: Plan, overrides: AuthOverrides, env: NodeJS.ProcessEnv) {
  const docker = dockerLoginsOf(env);
  const named = new Set(plan.images.flatMap(({destinations}) => destinations.map(({label}) => label)));
  const files = filesByEnvironment(overrides.destinations, named);
  return ({environment, label}: Place, side: Side): Identity => {
    const file = side === 'source' ? overrides.source : (files.get(label) ?? files.get(''));
    return identityFor(environment ?? {name: label}, {
      role: side,
      env,
      docker,
      ...(file !== undefined && file !== '' && {authOverride: file}),
    });
  };
}

/** The files by environment; the one for all others stands under the empty name. */
function filesByEnvironment(values: readonly string[], named: ReadonlySet<string>): Map<string, string> {
  const files = new Map<string, string>();
  for (const value of values) {
    const [, environment = '', file = value] = /^([A-Za-z0-9][\w.-]*)=(.+)$/s.exec(value) ?? [];
    if (environment !== '' && !named.has(environment)) {
      throw usageError('unknown-environment', `${environment} is no destination of this promotion`, [
        `--dest-auth-override takes FILE or ENVIRONMENT=FILE with one of ${[...named].join(', ')}`,
      ]);
    }
    files.set(environment, file);
  }
  return files;
}
