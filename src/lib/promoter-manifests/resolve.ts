import type {Digest} from '../oci/digest.ts';
import {tagDigest} from '../distribution/manifests.ts';
import {formatReference, type ImageName} from '../oci/reference.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {Connection} from '../access/connection.ts';
import {preflightFailure} from '../promotion/failures.ts';
import {spotOf} from './edges.ts';
import type {PromoterManifest} from './manifest.ts';
import {placeAt} from './places.ts';

/**
 * The digest that an image's tag has in the manifest's source. Raises `image-not-found` (exit code 3), and what the registry
 * refuses with (5).
 */
export async function resolveAtSource(
  {source, label}: PromoterManifest,
  {name, tag = ''}: ImageName,
  connection: Connection,
): Promise<Digest> {
  const place = placeAt(spotOf(source, name), label, tag);
  const digest = await tagDigest(connection.session(place, 'source'), tag).catch((error: unknown) => {
    throw preflightFailure(error, place, 'source');
  });
  if (digest !== undefined) return digest;
  throw new CorectlError({
    code: 'image-not-found',
    message: `source ${source.name}: ${formatReference(place.repository, tag)} is not there`,
    suggestions: ['push it first, or name the digest: NAME:TAG@sha256:…'],
    exitCode: exitCodes.imageNotFound,
  });
}
