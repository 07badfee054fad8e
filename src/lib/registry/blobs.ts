import {isDigest, type Digest} from '../oci/digest.ts';
import type {Call, Route} from './context.ts';
import {empty} from './exchange.ts';
import {requestedRange} from './range.ts';
import {RegistryError} from './registry-error.ts';

/** GET and HEAD of a blob, in part where a Range header says so (distribution-spec §Pulling blobs). */
export const getBlob: Route = async ({exchange, repository, reference}) => {
  const digest = digestFrom(reference);
  const blob = await repository.blob(digest);
  if (!blob) throw unknownBlob(digest);
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
  };
  const isHead = exchange.method === 'HEAD';
  const range = isHead ? undefined : requestedRange(exchange.headers.range, blob.size);
  if (range === 'unsatisfiable') return empty(416, {...headers, 'content-range': `bytes */${blob.size}`});
  const {start, end} = range ?? {start: 0, end: blob.size - 1};
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      ...(range && {'content-range': `bytes ${start}-${end}/${blob.size}`}),
    },
    ...(!isHead && blob.size > 0 && {body: blob.read(range)}),
  };
};

/** DELETE takes the blob out of this repository (§Deleting Blobs). */
export const deleteBlob: Route = async ({repository, reference}) => {
  const digest = digestFrom(reference);
  if (!(await repository.deleteBlob(digest))) throw unknownBlob(digest);
  return empty(202);
};

/** The text as a digest. Raises DIGEST_INVALID. */
export function digestFrom(text: Call['reference']): Digest {
  if (isDigest(text)) return text;
  throw new RegistryError('DIGEST_INVALID', 'provided digest is no sha256 or sha512 digest');
}

function unknownBlob(digest: Digest): RegistryError {
  return new RegistryError('BLOB_UNKNOWN', 'blob unknown to registry', {detail: {digest}});
}
