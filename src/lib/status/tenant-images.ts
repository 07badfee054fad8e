import type {Connection} from '../access/connection.ts';
import {onRegistry} from '../access/place.ts';
import type {StagePlace} from '../access/places-to-check.ts';
import {CorectlError} from '../errors.ts';
import {formatRepository, type Tag} from '../oci/reference.ts';
import {isInterruption, preflightFailure} from '../promotion/failures.ts';
import {imagePlace} from '../promotion/planning/plan.ts';
import {nameBelow} from '../snapshot/from-manifests.ts';
import {pathsBelow} from '../snapshot/take.ts';

/** The images of a tenant, as far as its registries tell. */
export interface TenantImages {
  readonly names: readonly string[];
  /** Registries that do not list their repositories, or failed to. */
  readonly notes: readonly string[];
  /** The first that failed: there may be more images than those. */
  readonly failure: CorectlError | undefined;
}

/**
 * The names of all images below these places, which are each where an image called `name` would be. Raises the first failure,
 * else the first refusal, where none of the registries lists anything.
 */
export async function tenantImages(
  places: readonly StagePlace[],
  name: string,
  connection: Connection,
): Promise<TenantImages> {
  const listed = await Promise.all(places.map((place) => imagesAt(place, name, connection)));
  const refusals = listed.flatMap((one) => (Array.isArray(one) ? [] : [one]));
  const failure = refusals.find(({code}) => code !== 'no-catalog');
  const refusal = failure ?? refusals[0];
  if (refusal !== undefined && refusals.length === listed.length) throw refusal;
  const names = listed.flatMap((one) => (Array.isArray(one) ? one : []));
  return {
    names: [...new Set(names)].sort(),
    notes: [...new Set(refusals.map(({message}) => message))],
    failure,
  };
}

async function imagesAt(
  place: StagePlace,
  name: string,
  connection: Connection,
): Promise<string[] | CorectlError> {
  const there = onRegistry(place);
  if (there === undefined) return notListed(`${formatRepository(place.repository)}: folders are not listed`);
  const {repository} = there;
  const root = {...repository, path: repository.path.slice(0, -name.length - 1)};
  try {
    const paths = await pathsBelow(
      root,
      (at) => connection.session({...there, repository: at}, 'destination'),
      {images: []},
    );
    return [...paths.keys()].flatMap((path) => nameBelow(root.path, path) ?? []);
  } catch (error) {
    if (error instanceof CorectlError && error.code === 'no-catalog')
      return notListed(`${place.label}: ${error.message}`, error);
    const failure = preflightFailure(error, imagePlace(place, name as Tag), 'destination');
    if (isInterruption(failure)) throw failure;
    return failure;
  }
}

function notListed(message: string, cause?: CorectlError): CorectlError {
  return new CorectlError({
    code: 'no-catalog',
    message,
    suggestions: ['name the images: corectl p2p status app'],
    exitCode: 5,
    cause,
  });
}
