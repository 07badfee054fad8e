import type {Connection} from '../access/connection.ts';
import type {CorectlError} from '../errors.ts';
import type {Digest} from '../oci/digest.ts';
import type {ImageName} from '../oci/reference.ts';
import {preflightFailure} from '../promotion/failures.ts';
import {imagePlace, tagOrDigestOf} from '../promotion/planning/plan.ts';
import type {PromoterManifest} from './manifest.ts';
import {placeIn} from './places.ts';

/**
 * The digest that an image's tag has in the manifest's source. Raises `image-not-found` (exit code 3), and what the registry
 * refuses with (5).
 */
export async function resolveAtSource(
  {source}: PromoterManifest,
  image: ImageName,
  connection: Connection,
): Promise<Digest> {
  const place = imagePlace(placeIn(source, image.name), tagOrDigestOf(image));
  try {
    const {descriptor} = await connection.source(place).resolve(place.tagOrDigest);
    return descriptor.digest;
  } catch (error) {
    const failure = preflightFailure(error, place, 'source');
    throw failure.code === 'image-not-found' ? withAdvice(failure) : failure;
  }
}

const withAdvice = (failure: CorectlError): CorectlError =>
  failure.with({suggestions: ['push it first, or name the digest: NAME:TAG@sha256:…']});
