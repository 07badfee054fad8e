import type {CorectlError, Side} from '../errors.ts';
import {printable} from '../printable.ts';
import {namesOf, type RegistryPlace} from './place.ts';
import {usageError} from '../usage-error.ts';
import {dockerLoginsOf, identityFor} from '../credentials/chain.ts';
import type {Consents} from '../credentials/consents.ts';
import {GrantPool} from '../credentials/grant-pool.ts';
import type {EnvironmentIdentity} from '../credentials/identity.ts';
import type {Teller} from '../credentials/teller.ts';
import {vendorOf} from '../credentials/vendor.ts';
import type {WireOptions} from '../http/wire.ts';

export interface AuthOverrides {
  /** A credential file for the source's environment. */
  readonly source?: string | undefined;
  /** `FILE` for all destinations, or `ENVIRONMENT=FILE`. */
  readonly destinations: readonly string[];
}

/** What identities need from outside: the process's environment, where to tell, and how services are reached. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly teller?: Teller;
  /** What the user allows. */
  readonly consents?: Consents;
  readonly wire?: WireOptions;
}

export type IdentityOf = (place: RegistryPlace, side: Side) => EnvironmentIdentity;

/** Whose images are promoted, and what the destinations are called. */
export interface Parties {
  readonly tenant: string | undefined;
  /** The names of each destination's environments, or its registry's. */
  readonly destinations: readonly (readonly string[])[];
}

/**
 * The user's files for the destinations by environment; the one for all others stands under the empty name. Raises
 * `unknown-environment` for a file of an environment that is no destination, and `usage` for two files of which only one could
 * be used. No file is read.
 */
export function credentialFilesFor(
  {destinations}: Pick<Parties, 'destinations'>,
  overrides: AuthOverrides,
): ReadonlyMap<string, string> {
  const files = filesByEnvironment(overrides.destinations, new Set(destinations.flat()));
  for (const names of destinations) fileFor(names, files);
  return files;
}

/**
 * Who corectl is at each place, by the process's environment and the files that the user named. What one identity obtains
 * is shared by all who have the same. Raises what credentialFilesFor does.
 */
export function identitiesFor(
  {tenant, destinations}: Parties,
  overrides: AuthOverrides,
  surroundings: Surroundings,
): IdentityOf {
  const shared = {...surroundings, docker: dockerLoginsOf(surroundings.env), pool: new GrantPool(), tenant};
  const files = credentialFilesFor({destinations}, overrides);
  const isSingle = new Set(destinations.map((names) => names.join())).size === 1;
  const known = new Map<string, EnvironmentIdentity>();
  const make = (place: RegistryPlace, side: Side): EnvironmentIdentity => {
    const {environment, label, repository} = place;
    const file = side === 'source' ? overrides.source : fileFor(namesOf(place), files);
    return identityFor(environment ?? {name: label}, {
      ...shared,
      role: side,
      vendor: environment === null ? vendorOf(repository.host) : undefined,
      singleDestination: isSingle,
      ...(file !== undefined && file !== '' && {authOverride: file}),
    });
  };
  return (place, side) => {
    const key = `${side} ${place.label}`;
    const identity = known.get(key) ?? make(place, side);
    known.set(key, identity);
    return identity;
  };
}

function filesByEnvironment(values: readonly string[], named: ReadonlySet<string>): Map<string, string> {
  const files = new Map<string, string>();
  for (const value of values) {
    const [, environment = '', file = value] = /^([A-Za-z0-9][\w.-]*)=(.+)$/s.exec(value) ?? [];
    if (environment !== '' && !named.has(environment)) {
      throw usageError('unknown-environment', `${environment} is none of the destinations`, [
        `--dest-auth-override takes FILE or ENVIRONMENT=FILE with one of ${[...named].join(', ')}`,
      ]);
    }
    const first = files.get(environment);
    if (first !== undefined && first !== file) throw twoFiles(environment || 'all destinations', first, file);
    files.set(environment, file);
  }
  return files;
}

/** The file of any of a place's names, or else the one for all. */
function fileFor(names: readonly string[], files: ReadonlyMap<string, string>): string | undefined {
  const [first, other] = new Set(names.flatMap((name) => files.get(name) ?? []));
  if (first !== undefined && other !== undefined) throw twoFiles(names.join(', '), first, other);
  return first ?? files.get('');
}

function twoFiles(whose: string, first: string, other: string): CorectlError {
  const files = `${printable(first)} and ${printable(other)}`;
  return usageError('usage', `--dest-auth-override gives ${whose} two credential files: ${files}`, [
    'give each repository one: environments that share a repository share its file',
  ]);
}
