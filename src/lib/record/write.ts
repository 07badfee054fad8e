import {Readable} from 'node:stream';
import type {Target} from '../copy/target.ts';
import {referrersTag} from '../distribution/referrers-tag.ts';
import type {Envelope} from '../evidence/dsse.ts';
import {OciError, ociError} from '../oci-error.ts';
import type {Digest} from '../oci/digest.ts';
import type {Tag} from '../oci/reference.ts';
import {attestationTagArtifact, type Artifact} from './artifact.ts';

/** How often a record is looked for, and written again, before it is given up: eight writers at once need four. */
const looks = 10;

/**
 * Writes a record that refers to an image, and reads it back: it is listed in the end, whoever else writes at the same
 * time. Raises `tag-changed` when it is not kept, and the target's refusals.
 */
export async function writeReferrer(target: Target, {manifest, blobs}: Artifact): Promise<void> {
  const {subject, descriptor} = manifest;
  if (subject === undefined) throw new TypeError('a record refers to an image');
  await pushMissing(target, blobs);
  const write = async () => {
    const {subjectKept} = await target.put(manifest, descriptor.digest);
    if (!subjectKept) await unlessChanged(target.list(subject.digest, [manifest]));
    return subjectKept;
  };
  // a tag may lose it after it was seen there: who read the tag before may write it after
  const wanted = (await write()) ? 1 : 2;
  for (let look = 1, seen = 0; ; look += 1) {
    seen = (await isListed(target, subject.digest, descriptor.digest)) ? seen + 1 : 0;
    if (seen === wanted) return;
    if (look === looks) throw notKept(target, `referrer ${descriptor.digest}`);
    await target.pause();
    if (seen === 0) await write();
  }
}

/**
 * Adds a signed record to cosign's `.att` tag of an image, for verifiers that look nowhere else. What somebody else adds
 * meanwhile stays: the tag is written only as it was read, and read again. Raises as writeReferrer does.
 */
export async function writeAttestationTag(
  target: Target,
  subject: Digest,
  envelope: Envelope,
): Promise<void> {
  const tag = `${referrersTag(subject)}.att` as Tag;
  for (let look = 1, seen = 0; ; look += 1) {
    const before = await target.find(tag);
    const {manifest, blobs} = attestationTagArtifact(envelope, before);
    const [layer] = manifest.blobs.slice(-1);
    seen = before?.blobs.some(({digest}) => digest === layer?.digest) === true ? seen + 1 : 0;
    // as in a referrers tag, once is not enough
    if (seen === 2) return;
    if (look === looks) throw notKept(target, `tag ${tag}`);
    if (look > 1) await target.pause();
    if (seen > 0) continue;
    await pushMissing(target, blobs);
    const commit = {reference: tag, before: before?.descriptor.digest, overwrite: false};
    await unlessChanged(target.commit(manifest, commit));
  }
}

async function pushMissing(target: Target, all: Artifact['blobs']): Promise<void> {
  const {blobs} = await target.missing({manifests: [], blobs: all.map(({node}) => node)});
  const missing = all.filter(({node}) => blobs.some(({digest}) => digest === node.digest));
  await Promise.all(missing.map(({node, bytes}) => target.push(node, () => Readable.from([bytes]))));
}

/** What others write at the same time is looked at again; what else goes wrong is raised. */
async function unlessChanged(writing: Promise<unknown>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof OciError) || !changed.includes(error.code)) throw error;
  }
}

/** Codes of a tag that somebody else has written before it, and after it. */
const changed = ['tag-changed', 'digest-mismatch'];

async function isListed(target: Target, subject: Digest, digest: Digest): Promise<boolean> {
  const {descriptors, refused} = await target.referrers(subject);
  if (descriptors.some((one) => one.digest === digest)) return true;
  // whoever may not list can still see that it is there
  return refused !== undefined && (await target.digestOf(digest)) === digest;
}

function notKept({name}: Target, what: string): Error {
  return ociError('tag-changed', `${what} at ${name} does not keep the record`, {
    suggestions: ['find out who else writes there, then run the command again'],
  });
}
