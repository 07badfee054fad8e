import {dockerLoginsOf, identityFor} from '../credentials/chain.ts';
import {GrantPool} from '../credentials/grant-pool.ts';
import type {EnvironmentIdentity} from '../credentials/identity.ts';
import {CorectlError} from '../errors.ts';
import {checkPull, checkPush} from './access.ts';
import type {Connection} from './connection.ts';
import {errorReport} from './destination-run.ts';
import type {Surroundings} from './identities.ts';
import type {EnvironmentPlaces} from './places-to-check.ts';
import type {Place} from './plan.ts';

type ErrorReport = ReturnType<typeof errorReport>;

export interface RepositoryAccess {
  readonly stage: string;
  readonly repository: string;
  /** Null where that could not be found out. */
  readonly mayPull: boolean | null;
  readonly mayPush: boolean | null;
  readonly error: ErrorReport | null;
}

/** Who corectl would be in an environment, and what it may do there. */
export interface EnvironmentAccess {
  readonly environment: string;
  /** An account, role or user name; null where only the registry knows. */
  readonly identity: string | null;
  readonly source: string | null;
  /** ISO 8601. */
  readonly expires: string | null;
  readonly mayPull: boolean | null;
  readonly mayPush: boolean | null;
  readonly repositories: readonly RepositoryAccess[];
  readonly error: ErrorReport | null;
}

/** Who corectl is in the environments that are to be checked, as a destination: that is where most is needed. */
export function identitiesToCheck(
  places: readonly EnvironmentPlaces[],
  surroundings: Surroundings & {readonly tenant: string},
): (place: Pick<Place, 'label'>) => EnvironmentIdentity {
  const shared = {...surroundings, docker: dockerLoginsOf(surroundings.env), pool: new GrantPool()};
  const context = {...shared, role: 'destination', singleDestination: places.length === 1} as const;
  const identities = new Map(
    places.map(({environment}) => [environment.name, identityFor(environment, context)] as const),
  );
  return ({label}) => {
    const identity = identities.get(label);
    if (identity === undefined) throw new Error(`no identity for ${label}`);
    return identity;
  };
}

/** Tries an identity on its repositories: reads a tag of each, and opens and cancels an upload. Rejects when interrupted. */
export async function checkAccess(
  {environment, places}: EnvironmentPlaces,
  identityOf: (place: Place) => EnvironmentIdentity,
  connection: Connection,
): Promise<EnvironmentAccess> {
  const {name} = environment;
  const nobody = {environment: name, identity: null, source: null, expires: null};
  const [first] = places;
  if (first === undefined) throw new Error(`nothing to check in ${name}`);
  try {
    const grant = await identityOf(first).grant(first.repository);
    const repositories = await Promise.all(places.map((place) => accessOf(place, connection)));
    return {
      environment: name,
      identity: grant.principal,
      source: grant.origin,
      expires: grant.expires === undefined ? null : new Date(grant.expires).toISOString(),
      mayPull: all(repositories.map(({mayPull}) => mayPull)),
      mayPush: all(repositories.map(({mayPush}) => mayPush)),
      repositories,
      error: repositories.find(({error}) => error !== null)?.error ?? null,
    };
  } catch (error) {
    return {...nobody, mayPull: null, mayPush: null, repositories: [], error: told(error)};
  }
}

async function accessOf(place: Place, connection: Connection): Promise<RepositoryAccess> {
  const session = connection.session(place, 'destination');
  const {host, path} = place.repository;
  const pull = await outcome(() => checkPull(session));
  const push = await outcome(() => checkPush(session));
  return {
    stage: place.stage,
    repository: `${host}/${path}`,
    mayPull: pull.may,
    mayPush: push.may,
    error: pull.error ?? push.error,
  };
}

async function outcome(
  check: () => Promise<void>,
): Promise<{may: boolean | null; error: ErrorReport | null}> {
  try {
    await check();
    return {may: true, error: null};
  } catch (error) {
    const report = told(error);
    return {
      may: report.code === 'pull-refused' || report.code === 'push-refused' ? false : null,
      error: report,
    };
  }
}

/** What the user can act upon; bugs and interruptions are raised again. */
function told(error: unknown): ErrorReport {
  if (error instanceof CorectlError && error.code !== 'interrupted') return errorReport(error);
  throw error;
}

/** False as soon as one is, and unknown as soon as one is that. */
function all(answers: readonly (boolean | null)[]): boolean | null {
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}
