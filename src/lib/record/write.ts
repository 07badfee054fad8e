import {Readable} from 'node:stream';
import {hasBlob} from '../distribution/blobs.ts';
import {hasManifest, isAbsent, putManifest, resolveManifest} from '../distribution/manifests.ts';
import {pushBlob} from '../distribution/uploads.ts';
import {listReferrers} from '../distribution/referrers.ts';
import {addToReferrersTag, referrersTag} from '../distribution/referrers-tag.ts';
import type {Session} from '../distribution/session.ts';
import type {Envelope} from '../evidence/dsse.ts';
import {wait} from '../http/pace.ts';
import {ociError} from '../oci-error.ts';
import type {Digest} from '../oci/digest.ts';
import type {Tag} from '../oci/reference.ts';
import {attestationTagArtifact, type Artifact} from './artifact.ts';

/**
 * Writes a record that refers to an image, and reads it back: it is listed in the end, whoever else writes at the same
 * time. Raises `tag-changed` when it is not kept, and the registry's refusals.
 */
export async function writeReferrer(session: Session, {manifest, blobs}: Artifact): Promise<void> {
  const {subject, descriptor} = manifest;
  if (subject === undefined) throw new TypeError('a record refers to an image');
  await Promise.all(blobs.map((one) => pushBytes(session, one)));
  const {subjectKept} = await putManifest(session, manifest, descriptor.digest);
  if (!subjectKept) await addToReferrersTag(session, subject.digest, [manifest]);
  await untilListed(session, subject.digest, descriptor.digest);
}

/**
 * Adds a signed record to cosign's `.att` tag of an image, for verifiers that look nowhere else. Who else writes the tag at
 * the same time may undo that: it is read back and added again. Raises as writeReferrer does.
 */
export async function writeAttestationTag(
  session: Session,
  subject: Digest,
  envelope: Envelope,
): Promise<void> {
  const tag = `${referrersTag(subject)}.att` as Tag;
  for (let attempt = 1; ; attempt += 1) {
    const before = (await isAbsent(session, tag)) ? undefined : await resolveManifest(session, tag);
    const {manifest, blobs} = attestationTagArtifact(envelope, before);
    const [layer] = manifest.blobs.slice(-1);
    if (before?.blobs.some(({digest}) => digest === layer?.digest) === true) return;
    if (attempt > session.policy.attempts) throw notKept(session, `tag ${tag}`);
    await Promise.all(blobs.map((one) => pushBytes(session, one)));
    await putManifest(session, manifest, tag);
    if (attempt > 1) await wait(session.policy.delay * attempt, session.signal);
  }
}

async function pushBytes(session: Session, {node, bytes}: Artifact['blobs'][number]): Promise<void> {
  if (await hasBlob(session, node)) return;
  await pushBlob(session, node, () => Readable.from([bytes]));
}

async function untilListed(session: Session, subject: Digest, digest: Digest): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const {descriptors, refused} = await listReferrers(session, subject);
    if (descriptors.some((one) => one.digest === digest)) return;
    // whoever may not list can still see that it is there
    if (refused !== undefined && (await hasManifest(session, digest))) return;
    if (attempt >= session.policy.attempts) throw notKept(session, `referrer ${digest}`);
    await wait(session.policy.delay * attempt, session.signal);
  }
}

function notKept({repository}: Session, what: string): Error {
  return ociError(
    'tag-changed',
    `${what} at ${repository.host}/${repository.path} does not keep the record`,
    {
      suggestions: ['find out who else writes there, then run the command again'],
    },
  );
}
