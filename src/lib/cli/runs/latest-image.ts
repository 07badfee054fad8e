import type {Connection} from '../../access/connection.ts';
import type {ImagePlace, Place} from '../../access/place.ts';
import {CorectlError, exitCodes} from '../../errors.ts';
import type {Digest} from '../../oci/digest.ts';
import {formatRepository, isRepositoryPath, type Tag} from '../../oci/reference.ts';
import {preflightFailure} from '../../promotion/failures.ts';
import {firstThere} from '../../promotion/first-there.ts';
import {newestVersions, type VersionChoice} from '../../promotion/newest-version.ts';
import {imagePlace} from '../../promotion/planning/plan.ts';
import {usageError} from '../../usage-error.ts';
import type {AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import {identitiesBy, withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';
import {placeToRead, type ImageInStage} from './place-to-read.ts';

export type LatestRequest = ImageInStage & VersionChoice;

/** The newest version of an image in a stage. */
export interface LatestImage {
  readonly place: ImagePlace;
  readonly tag: Tag;
  readonly digest: Digest;
}

/**
 * Looks for the newest version of an image where promotions from the stage read it. Raises `image-not-found` (exit code 3)
 * where there is none, what the environments repository says against it, and a registry's failures with exit code 5.
 */
export async function latestImage(
  command: BaseCommand,
  request: LatestRequest,
  flags: AuthOverrideFlags & NetworkFlags,
): Promise<LatestImage> {
  refuseUnsound(request);
  const place = await placeToRead(request);
  return withRegistries(
    command,
    {flags, readOnly: true, identities: identitiesBy(flags, {tenant: request.tenant, destinations: []})},
    async ({connection}) => {
      const newest = await newestAt(connection, place, request);
      if (newest === undefined) throw none(place, request.name, request.constraint);
      return {place: imagePlace(place, newest.tag), ...newest};
    },
  );
}

/** Before anybody is asked: what is no image's name, and what is no constraint. */
function refuseUnsound(request: LatestRequest): void {
  if (!isRepositoryPath(request.name))
    throw usageError(
      'invalid-reference',
      `${JSON.stringify(request.name)} is no image's name without a tag`,
      ['name the image alone: app'],
    );
  newestVersions([], request);
}

async function newestAt(connection: Connection, place: Place, request: LatestRequest) {
  try {
    const repository = connection.repository(place, 'source');
    // one that is listed and deleted since is none
    return await firstThere(repository, newestVersions(await repository.tags(), request));
  } catch (error) {
    throw preflightFailure(error, imagePlace(place, request.stage as Tag), 'source');
  }
}

function none({label, stage, repository}: Place, name: string, constraint: string | undefined): CorectlError {
  const which = constraint === undefined ? 'no version' : `no version within ${JSON.stringify(constraint)}`;
  return new CorectlError({
    code: 'image-not-found',
    message: `source ${label} (${stage ?? ''}): ${formatRepository(repository)} has ${which} of ${name}`,
    suggestions: [
      'a version is a tag like 1.2.3 or v1.2.3-rc.1; other tags do not count',
      'check the name; a registry may also hide what this identity may not read',
    ],
    exitCode: exitCodes.imageNotFound,
    side: 'source',
  });
}
