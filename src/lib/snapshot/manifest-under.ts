import {currentDigest, resolveManifest} from '../distribution/manifests.ts';
import type {Session} from '../distribution/session.ts';
import {OciError} from '../oci-error.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';

/** What a tag points to; its digest alone where the manifest cannot be read, nothing where the tag is gone by now. */
export async function manifestUnder(
  session: Session,
  reference: Tag | Digest,
): Promise<Manifest | Digest | undefined> {
  try {
    return await resolveManifest(session, reference);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    if (error.code === 'not-found') return undefined;
    if (error.code === 'invalid-manifest' || error.code === 'unsupported-manifest')
      return currentDigest(session, reference);
    throw error;
  }
}
