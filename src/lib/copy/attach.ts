import type {Digest} from '../oci/digest.ts';
import {OciError, ociError} from '../oci-error.ts';
import type {ManifestWriter, Writing} from './manifest-writer.ts';
import type {MissingAttachment} from './missing-attachments.ts';
import type {Target} from './target.ts';

/** How often a target is asked whether it lists what was written: the pauses double, to 13 s in all with those of 200 ms. */
const looks = 8;

export interface Attaching extends Pick<Writing, 'target'> {
  readonly writer: ManifestWriter;
  /** Whether a signature tag is replaced even if it has changed since it was looked at. */
  readonly overwrite: boolean;
  /** Told of each that is written. */
  readonly onWritten: () => void;
}

/**
 * Writes attachments whose content is there, each under its subject, and under cosign's tag if it has one. Those of one
 * subject follow each other and are then looked for: registries lose some of those that are written together. Raises
 * `registry-error` for one that is written twice and still not listed, `tag-changed` for a signature that someone else has put
 * under its tag meanwhile, and what refuses one.
 */
export async function attach(attachments: readonly MissingAttachment[], attaching: Attaching): Promise<void> {
  const subjects = bySubject(attachments);
  await Promise.all(
    subjects.map(async (ofSubject) => {
      for (const one of ofSubject) await write(one, attaching);
    }),
  );
  await attaching.writer.list(attaching.target);
  await Promise.all(subjects.map((ofSubject) => confirm(ofSubject, attaching)));
}

function bySubject(attachments: readonly MissingAttachment[]): MissingAttachment[][] {
  const subjects = new Map<Digest, MissingAttachment[]>();
  for (const one of attachments) {
    const {subject} = one.attachment;
    subjects.set(subject, [...(subjects.get(subject) ?? []), one]);
  }
  return [...subjects.values()];
}

async function write({attachment, missing, before}: MissingAttachment, attaching: Attaching): Promise<void> {
  const {writer, onWritten, overwrite} = attaching;
  const writing = {...attaching, ...attachment};
  try {
    await writer.write(writing, missing.manifests);
    if (attachment.tag !== undefined)
      await writer.commit(writing, {reference: attachment.tag, before, overwrite});
  } catch (error) {
    throw refusedAttachment(error);
  }
  onWritten();
}

/** A registry that takes the image may not take what belongs to it. */
function refusedAttachment(error: unknown): unknown {
  const isRefused = error instanceof OciError && error.status !== undefined && error.status < 500;
  return isRefused ? error.with({suggestions: [...error.suggestions, withoutAttachments]}) : error;
}

const withoutAttachments = 'promote without signatures and the like: --no-referrers';

/** Looks whether the referrers of one subject are listed, and writes once more what is not. */
async function confirm(ofSubject: readonly MissingAttachment[], attaching: Attaching): Promise<void> {
  const {target, writer} = attaching;
  const referrers = ofSubject.filter(({attachment}) => attachment.tag === undefined);
  const [first] = referrers;
  if (first === undefined) return;
  const {subject} = first.attachment;
  for (let look = 1; ; look += 1) {
    const {descriptors, refused} = await target.referrers(subject);
    if (refused !== undefined) return;
    const listed = new Set(descriptors.map(({digest}) => digest));
    const lost = referrers.filter(({attachment}) => !listed.has(attachment.graph.root.descriptor.digest));
    if (lost.length === 0) return;
    if (look === looks) throw notListed(target.name, subject, lost);
    if (look === 1) for (const {attachment} of lost) await writer.again({...attaching, ...attachment});
    else await pauses(target, 2 ** (look - 2));
  }
}

async function pauses(target: Target, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await target.pause();
}

function notListed(name: string, subject: Digest, lost: readonly MissingAttachment[]): OciError {
  const digests = lost.map(({attachment}) => attachment.graph.root.descriptor.digest).join(', ');
  return ociError(
    'registry-error',
    `${name} does not list what was written to ${subject} twice: ${digests}`,
    {
      suggestions: ['run the same command again: a registry may list it later', withoutAttachments],
    },
  );
}
