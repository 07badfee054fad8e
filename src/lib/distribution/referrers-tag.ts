import {isRecord} from '../is-record.ts';
import {digestOf, isDigest, type Digest} from '../oci/digest.ts';
import {ociError, type OciError} from '../oci-error.ts';
import type {Session} from './session.ts';
import {parseManifest, type Manifest} from '../oci/manifest.ts';
import {orMissing, putManifest, resolveManifest} from './manifests.ts';
import type {Tag} from '../oci/reference.ts';
import {mediaTypes} from '../oci/media-types.ts';
import {wait} from '../http/pace.ts';

/**
 * The tag under which registries without a referrers API keep what refers to a digest: of a long digest the first 64
 * characters (distribution-spec, §Referrers Tag Schema).
 */
export function referrersTag(subject: Digest): Tag {
  const [algorithm = '', hex = ''] = subject.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}` as Tag;
}

/**
 * Adds manifests to the referrers tag of their subject, for a registry that does not do so itself (distribution-spec,
 * §Pushing Manifests with Subject): all in one write, as the tag may be immutable then. What stands there already is kept as
 * it is. Whoever writes the tag at the same time may undo that: it is read again until all are listed. Raises
 * `invalid-manifest` when the tag holds something else than an index of referrers, and `tag-changed` when it does not keep
 * what is added.
 */
export async function addToReferrersTag(
  session: Session,
  subject: Digest,
  manifests: readonly Manifest[],
): Promise<void> {
  const tag = referrersTag(subject);
  for (let attempt = 1; ; attempt += 1) {
    const index = await indexUnder(session, tag);
    const entries = entriesOf(index);
    const listed = new Set(entries.map((entry) => isRecord(entry) && entry.digest));
    const missing = manifests.filter(({descriptor}) => !listed.has(descriptor.digest));
    if (missing.length === 0) return;
    if (attempt > session.policy.attempts) throw undone(session, tag);
    const bytes = indexOf(index, [...entries, ...missing.map(entryFor)]);
    await putManifest(session, parseManifest(bytes, digestOf(bytes), mediaTypes.ociIndex), tag);
    // some registries show what was written only after a moment
    if (attempt > 1) await wait(session.policy.delay * attempt, session.signal);
  }
}

function indexOf(before: Record<string, unknown>, manifests: readonly unknown[]): Buffer {
  const document = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, ...before, manifests};
  return Buffer.from(JSON.stringify(document));
}

function undone({repository}: Session, tag: string): OciError {
  return ociError(
    'tag-changed',
    `tag ${tag} at ${repository.host}/${repository.path} does not keep the referrer that was added to it`,
    {suggestions: ['find out who else writes that tag, then run the command again']},
  );
}

async function indexUnder(session: Session, tag: Tag): Promise<Record<string, unknown>> {
  const present = await orMissing(resolveManifest(session, tag));
  if (present === undefined) return {};
  if (present.descriptor.mediaType !== mediaTypes.ociIndex) {
    throw ociError(
      'invalid-manifest',
      `tag ${tag} at ${session.repository.host}/${session.repository.path} is no index of referrers`,
      {
        suggestions: ['remove that tag, or promote to a registry with the referrers API'],
      },
    );
  }
  return JSON.parse(present.bytes.toString('utf8')) as Record<string, unknown>;
}

function entriesOf({manifests}: Record<string, unknown>): unknown[] {
  const entries: unknown[] = Array.isArray(manifests) ? manifests : [];
  return entries.filter((entry) => isRecord(entry) && isDigest(entry.digest));
}

function entryFor({descriptor, artifactType, annotations}: Manifest): unknown {
  const {mediaType, digest, size} = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && {artifactType}),
    ...(annotations && {annotations}),
  };
}
