import {isDigest, type Digest} from '../oci/digest.ts';
import {ociError} from '../oci-error.ts';
import {retryContextOf, type Session} from '../distribution/session.ts';
import type {Manifest} from '../oci/manifest.ts';
import {hasManifest, tagDigest} from '../distribution/manifests.ts';
import {wait} from '../http/pace.ts';
import {isTransient, pauseAfter} from '../http/retry.ts';

export interface Tagging {
  readonly session: Session;
  readonly manifest: Manifest;
  /** The tag, or the digest of an image without one. */
  readonly target: string;
  /** What the tag pointed to when the plan was made. */
  readonly before: Digest | undefined;
  readonly overwrite: boolean;
  /** Writes the manifest under the target, one attempt. */
  readonly put: () => Promise<void>;
}

/**
 * The commit: writes the tag when it still is what it was, and reads it back. An attempt whose answer was lost is repeated
 * only when the tag has not moved. Raises `tag-changed` when someone else moved it, `digest-mismatch` when the registry
 * stores something else, and the registry's refusals.
 */
export async function commitTag(tagging: Tagging): Promise<void> {
  const {session, manifest, target, put} = tagging;
  const wanted = manifest.descriptor.digest;
  for (let attempt = 1; ; attempt += 1) {
    if (!(await stillNeeded(tagging, attempt))) break;
    try {
      await put();
      break;
    } catch (error) {
      if (!isTransient(error) || attempt >= session.policy.attempts) throw error;
      await pauseAfter(error, attempt, retryContextOf(session));
    }
  }
  await readBack(session, target, wanted);
}

/** Looks at the tag right before it is written: there is no compare-and-swap in the registries' API. */
async function stillNeeded(
  {session, manifest, target, before, overwrite}: Tagging,
  attempt: number,
): Promise<boolean> {
  const now = await current(session, target);
  if (now === manifest.descriptor.digest) return false;
  if (now === before || (overwrite && attempt === 1)) return true;
  throw ociError(
    'tag-changed',
    `${target} was moved to ${now ?? 'nothing'} by someone else meanwhile, it was ${before ?? 'not there'}`,
    {
      suggestions: ['find out who promotes to the same tag, then run the command again'],
    },
  );
}

async function readBack(session: Session, target: string, wanted: Digest): Promise<void> {
  let found = await current(session, target);
  // some registries show a new tag only after a moment
  for (let attempt = 1; found !== wanted && attempt < session.policy.attempts; attempt += 1) {
    await wait(session.policy.delay * attempt, session.signal);
    found = await current(session, target);
  }
  if (found === wanted) return;
  throw ociError('digest-mismatch', `read back, ${target} is ${found ?? 'not there'}, expected ${wanted}`, {
    suggestions: ['someone may have moved the tag, or the registry does not store what it is sent'],
  });
}

async function current(session: Session, target: string): Promise<Digest | undefined> {
  if (!isDigest(target)) return tagDigest(session, target);
  return (await hasManifest(session, target)) ? target : undefined;
}
