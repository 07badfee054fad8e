import {dockerLoginsOf, identityFor} from '../credentials/chain.ts';
import {GrantPool} from '../credentials/grant-pool.ts';
import type {EnvironmentIdentity} from '../credentials/identity.ts';
import type {Teller} from '../credentials/secrets.ts';
import {vendorOf} from '../credentials/vendor.ts';
import type {WireOptions} from '../http/wire.ts';
import type {Side} from './connection.ts';
import type {Place, Plan} from '../promotion/plan.ts';
import {usageError} from '../promotion/usage-error.ts';

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
  readonly wire?: WireOptions;
}

/**
 * Who corectl is for each environment of a plan, by the process's environment and the files that the user named. What one
 * identity obtains is shared by all who have the same. Raises `unknown-environment` for a file of an environment that is no destination.
 */
export function identitiesFor(plan: Plan, overrides: AuthOverrides, surroundings: Surroundings): IdentityOf {
  const names = plan.images.flatMap(({destinations}) => destinations.map(({label}) => label));
  const parties = {tenant: plan.tenant ?? undefined, destinations: new Set(names)};
  return identitiesAmong(parties, overrides, surroundings);
}

export type IdentityOf = (place: Identifiable, side: Side) => EnvironmentIdentity;
type Identifiable = Pick<Place, 'environment' | 'label' | 'repository'>;

/** The same where no plan tells whose promotion it is and what its destinations are called. */
export function identitiesAmong(
  {tenant, destinations}: {readonly tenant: string | undefined; readonly destinations: ReadonlySet<string>},
  overrides: AuthOverrides,
  surroundings: Surroundings,
): IdentityOf {
  const shared = {...surroundings, docker: dockerLoginsOf(surroundings.env), pool: new GrantPool(), tenant};
  const files = filesByEnvironment(overrides.destinations, destinations);
  const known = new Map<string, EnvironmentIdentity>();
  const make = ({environment, label, repository}: Identifiable, side: Side): EnvironmentIdentity => {
    const file = side === 'source' ? overrides.source : (files.get(label) ?? files.get(''));
    return identityFor(environment ?? {name: label}, {
      ...shared,
      role: side,
      vendor: environment === null ? vendorOf(repository.host) : undefined,
      singleDestination: destinations.size === 1,
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

/** The files by environment; the one for all others stands under the empty name. */
function filesByEnvironment(values: readonly string[], named: ReadonlySet<string>): Map<string, string> {
  const files = new Map<string, string>();
  for (const value of values) {
    const [, environment = '', file = value] = /^([A-Za-z0-9][\w.-]*)=(.+)$/s.exec(value) ?? [];
    if (environment !== '' && !named.has(environment)) {
      throw usageError('unknown-environment', `${environment} is none of the destinations`, [
        `--dest-auth-override takes FILE or ENVIRONMENT=FILE with one of ${[...named].join(', ')}`,
      ]);
    }
    files.set(environment, file);
  }
  return files;
}
