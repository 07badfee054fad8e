import type {Descriptor} from '../oci/descriptor.ts';
import {ociError} from '../oci-error.ts';
import type {Session} from './session.ts';
import {followed} from '../http/redirect.ts';
import {completionOf, sendContent, UploadMoved, type SendOptions} from './uploads.ts';

/** An upload session on its way. */
export interface Upload {
  /** The newest location that the registry gave. */
  location: URL;
  /** Where a redirect sent the content. */
  readonly moved?: URL | undefined;
}

/** Sends a blob in one PUT with its length, which almost every registry takes (distribution-spec, §POST then PUT). */
export async function putBlob(
  session: Session,
  {location, moved}: Upload,
  node: Descriptor,
  content: AsyncIterable<Buffer>,
  options: SendOptions = {},
): Promise<void> {
  const url = moved ?? completionOf(location, node.digest);
  await sendContent(session, {method: 'PUT', url, node}, content, options);
}

/**
 * Sends a blob in one PATCH and completes the upload with an empty PUT, as docker does it: for registries that take no
 * content in the PUT. A single piece needs neither Content-Range nor the registry's smallest size of a piece.
 */
export async function patchBlob(
  session: Session,
  upload: Upload,
  node: Descriptor,
  content: AsyncIterable<Buffer>,
  options: SendOptions = {},
): Promise<void> {
  const url = upload.moved ?? upload.location;
  const location = await sendContent(session, {method: 'PATCH', url, node}, content, options);
  upload.location = followed(location, url);
  const completion = {
    method: 'PUT',
    url: completionOf(upload.location, node.digest),
    node,
    length: 0,
  } as const;
  await sendContent(session, completion, nothing()).catch((error: unknown) => {
    // it is not the content that is wanted elsewhere
    throw error instanceof UploadMoved ? ociError('refused-redirect', error.message) : error;
  });
}

async function* nothing(): AsyncGenerator<Buffer, void, undefined> {
  // no content
}
