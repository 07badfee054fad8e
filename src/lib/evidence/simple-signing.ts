import {isRecord} from '../is-record.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import {parseJson} from '../json.ts';

/** What cosign calls its own payloads, and what containers/image called them before (containers-signature.5, critical.type). */
const signatureTypes: readonly unknown[] = ['cosign container image signature', 'atomic container signature'];

/**
 * The digest that a simple-signing payload stands for; undefined for what is none. Its `docker-reference` is not looked at: it
 * names the repository that was signed in, which the image has left with its promotion.
 */
export function simplySigned(payload: Buffer): Digest | undefined {
  const document = parseJson(payload);
  const critical = isRecord(document) ? document.critical : undefined;
  if (!isRecord(critical) || !signatureTypes.includes(critical.type) || !isRecord(critical.image))
    return undefined;
  const digest = critical.image['docker-manifest-digest'];
  return isDigest(digest) ? digest : undefined;
}
