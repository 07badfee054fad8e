import {currentDigest, putManifest, type PutOutcome} from '../distribution/manifests.ts';
import {retryContextOf, type Session} from '../distribution/session.ts';
import {wait} from '../http/pace.ts';
import {isTransient, pauseAfter} from '../http/retry.ts';
import type {Digest} from '../oci/digest.ts';
import {isNamedBy, type Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';
import {ociError} from '../oci-error.ts';
import type {Commit} from './target.ts';

/**
 * Writes a tag that still is what it was, or that may be overwritten, and reads it back; undefined when it points to the
 * manifest already. An attempt whose answer was lost is repeated only when the tag has not moved. Raises `tag-changed` when
 * someone else moved it, `digest-mismatch` when the registry stores something else, and the registry's refusals.
 */
export async function commitTag(
  session: Session,
  manifest: Manifest,
  commit: Commit,
): Promise<PutOutcome | undefined> {
  const outcome = await putOnce(session, manifest, commit);
  await readBack(session, commit.reference, manifest);
  return outcome;
}

async function putOnce(
  session: Session,
  manifest: Manifest,
  commit: Commit,
): Promise<PutOutcome | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    if (!(await stillNeeded(session, manifest, {...commit, first: attempt === 1}))) return undefined;
    try {
      return await putManifest(session, manifest, commit.reference, {once: true});
    } catch (error) {
      if (!isTransient(error) || attempt >= session.policy.attempts) throw error;
      await pauseAfter(error, attempt, retryContextOf(session));
    }
  }
}

/** Milliseconds after which a look at a tag is too old to write the tag by. */
export const freshness = 1000;

/** Looks at the tag right before it is written: there is no compare-and-swap in the registries' API. */
async function stillNeeded(
  session: Session,
  manifest: Manifest,
  {reference, before, overwrite, look, first}: Commit & {readonly first: boolean},
): Promise<boolean> {
  const isFresh = first && look !== undefined && performance.now() - look.asked < freshness;
  const now = isFresh ? look.found : await currentDigest(session, reference);
  if (isNamedBy(manifest, now)) return false;
  if (now === before || (overwrite && first)) return true;
  throw ociError(
    'tag-changed',
    `${reference} was moved to ${now ?? 'nothing'} by someone else meanwhile, it was ${before ?? 'not there'}`,
    {suggestions: ['find out who promotes to the same tag, then run the command again']},
  );
}

async function readBack(session: Session, reference: Tag | Digest, wanted: Manifest): Promise<void> {
  let found = await currentDigest(session, reference);
  // some registries show a new tag only after a moment
  for (let attempt = 1; !isNamedBy(wanted, found) && attempt < session.policy.attempts; attempt += 1) {
    await wait(session.policy.delay * attempt, session.signal);
    found = await currentDigest(session, reference);
  }
  if (isNamedBy(wanted, found)) return;
  throw ociError(
    'digest-mismatch',
    `read back, ${reference} is ${found ?? 'not there'}, expected ${wanted.descriptor.digest}`,
    {
      suggestions: ['someone may have moved the tag, or the registry does not store what it is sent'],
    },
  );
}
