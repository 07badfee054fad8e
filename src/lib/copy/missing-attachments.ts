import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';
import type {Attachment} from './attachments.ts';
import {missingOf, type Missing} from './missing.ts';
import {standing} from './signature-tag.ts';
import type {Target} from './target.ts';

export interface MissingAttachment {
  readonly attachment: Attachment;
  readonly missing: Missing;
}

export interface AttachmentOptions {
  /** Whether a signature tag that holds something else is replaced. */
  readonly overwrite: boolean;
  /** Told of a tag that holds something else and is kept. */
  readonly warn: (message: string) => void;
}

/**
 * The attachments that a target does not list yet, with what of their content it lacks. One whose manifest is there but not
 * listed under its subject is missing: an earlier run may have ended in between.
 */
export async function missingAttachments(
  target: Target,
  attachments: readonly Attachment[],
  options: AttachmentOptions,
): Promise<MissingAttachment[]> {
  const subjects = new Set(attachments.filter(({tag}) => tag === undefined).map(({subject}) => subject));
  const listed = new Map<Digest, ReadonlySet<Digest>>();
  const lists = [...subjects].map(async (subject) => {
    const {descriptors} = await target.referrers(subject);
    listed.set(subject, new Set(descriptors.map(({digest}) => digest)));
  });
  await Promise.all(lists);
  const isThere = ({subject, graph, tag}: Attachment): Promise<boolean> =>
    tag === undefined
      ? Promise.resolve(listed.get(subject)?.has(graph.root.descriptor.digest) === true)
      : tagIsThere(target, {tag, manifest: graph.root}, options);
  const missing = await Promise.all(
    attachments.map(async (attachment) =>
      (await isThere(attachment)) ? undefined : missingPartsOf(target, attachment),
    ),
  );
  return missing.filter((one) => one !== undefined);
}

/** Signatures that the target's own users added stand under the same tag: they are not lost for the source's. */
async function tagIsThere(
  target: Target,
  {tag, manifest}: {readonly tag: Tag; readonly manifest: Manifest},
  {overwrite, warn}: AttachmentOptions,
): Promise<boolean> {
  const {digest} = manifest.descriptor;
  const there = await target.digestOf(tag);
  if (there === undefined || there === digest) return there === digest;
  const state = overwrite ? 'behind' : await standing(target, tag, manifest);
  if (state === 'apart') warn(`${tag} holds ${there} and is kept; --overwrite replaces it by ${digest}`);
  return state !== 'behind';
}

/** The attachment itself is written in any case: that lists it. */
async function missingPartsOf(target: Target, attachment: Attachment): Promise<MissingAttachment> {
  const {root} = attachment.graph;
  const missing = await missingOf(target, attachment.graph);
  const manifests = missing.manifests.includes(root) ? missing.manifests : [...missing.manifests, root];
  return {attachment, missing: {...missing, manifests}};
}
