import {CorectlError, errorReport, type ErrorReport, type Side} from '../errors.ts';
import type {EnvironmentAccess, RepositoryAccess} from './documents.ts';
import {checkPull, checkPush} from './probe.ts';
import type {Connection} from './connection.ts';
import {onRegistry, type RegistryPlace} from './place.ts';
import {formatRepository, isLayout} from '../oci/reference.ts';
import {identitiesFor, type AuthOverrides, type IdentityOf, type Surroundings} from './identities.ts';
import type {EnvironmentPlaces, StagePlace} from './places-to-check.ts';

/**
 * Who corectl would be in the environments that are to be checked. Raises what is wrong with the files that the user named,
 * before anyone is asked: `unknown-environment`, `unsupported-credential-file`, `insecure-endpoint` (exit code 2).
 */
export function identitiesToCheck(
  checks: readonly EnvironmentPlaces[],
  {tenant, overrides}: {readonly tenant: string; readonly overrides: AuthOverrides},
  surroundings: Surroundings,
): IdentityOf {
  const destinations = checks
    .filter(({side}) => side === 'destination')
    .map(({environment}) => [environment.name]);
  const identityOf = identitiesFor({tenant, destinations}, overrides, surroundings);
  for (const {places, side} of checks)
    for (const place of places.map(onRegistry)) if (place !== undefined) identityOf(place, side);
  return identityOf;
}

/**
 * Tries an identity on its repositories: reads a tag of each and, on the side of the destinations, opens and cancels an
 * upload. For layouts the file system's permissions are looked at. Rejects when interrupted.
 */
export async function checkAccess(
  {environment, side, places}: EnvironmentPlaces,
  identityOf: IdentityOf,
  connection: Connection,
): Promise<EnvironmentAccess> {
  const {name} = environment;
  const nobody = {environment: name, side, identity: null, source: null, expires: null};
  const [first] = places;
  if (first === undefined) throw new Error(`nothing to check in ${name}`);
  try {
    const who = await whoIs(onRegistry(first), side, identityOf);
    const repositories = await Promise.all(places.map((place) => accessOf(place, side, connection)));
    return {
      environment: name,
      side,
      ...who,
      mayPull: all(repositories.map(({mayPull}) => mayPull)),
      mayPush: all(repositories.map(({mayPush}) => mayPush)),
      repositories,
      error: repositories.find(({error}) => error !== null)?.error ?? null,
    };
  } catch (error) {
    return {...nobody, mayPull: null, mayPush: null, repositories: [], error: told(error)};
  }
}

type Who = Pick<EnvironmentAccess, 'identity' | 'source' | 'expires'>;

async function whoIs(place: RegistryPlace | undefined, side: Side, identityOf: IdentityOf): Promise<Who> {
  if (place === undefined) return {identity: null, source: 'permissions of the folder', expires: null};
  const {principal, origin, expires} = await identityOf(place, side).grant(place.repository);
  return {identity: principal, source: origin, expires: dateOf(expires)};
}

/** A token service may say any number of seconds: what no date can hold has no end that anybody could be told. */
function dateOf(time = NaN): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

async function accessOf(place: StagePlace, side: Side, connection: Connection): Promise<RepositoryAccess> {
  const checks = checksOf(place, side, connection);
  const pull = await outcome(checks.pull);
  const push = side === 'source' ? unasked : await outcome(checks.push);
  return {
    stage: place.stage,
    repository: formatRepository(place.repository),
    mayPull: pull.may,
    mayPush: push.may,
    error: pull.error ?? push.error,
  };
}

interface Checks {
  readonly pull: () => Promise<void>;
  readonly push: () => Promise<void>;
}

function checksOf(place: StagePlace, side: Side, connection: Connection): Checks {
  const {repository} = place;
  if (isLayout(repository)) {
    const layout = connection.layout({...place, repository});
    return {pull: () => layout.checkReadable(), push: () => layout.checkWritable()};
  }
  const session = connection.session({...place, repository}, side);
  return {pull: () => checkPull(session), push: () => checkPush(session)};
}

interface Outcome {
  readonly may: boolean | null;
  readonly error: ErrorReport | null;
}

/** A source needs not be written to. */
const unasked: Outcome = {may: null, error: null};

/** Codes of a no; `denied` is the file system's. */
const refusals = ['pull-refused', 'push-refused', 'denied'];

async function outcome(check: () => Promise<void>): Promise<Outcome> {
  try {
    await check();
    return {may: true, error: null};
  } catch (error) {
    const report = told(error);
    return {
      may: refusals.includes(report.code) ? false : null,
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
