import type {Digest} from '../oci/digest.ts';
import {isNamedBy, type Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';
import type {Attachment, SourcedAttachment} from './attachments.ts';
import {isNothing, missingOf, type Missing, type MissingOptions} from './missing.ts';
import {containment} from './signature-tag.ts';
import type {Target} from './target.ts';

export interface MissingAttachment {
  readonly attachment: SourcedAttachment;
  readonly missing: Missing;
  /** What its tag points to, if it has one. */
  readonly before?: Digest | undefined;
}

export interface AttachmentOptions {
  /** Whether what is below an attachment that is there is asked for too: a tag that is about to be written is to be complete. */
  readonly verifyContent: boolean;
  /** Whether the blobs of what is missing are left to be mounted. */
  readonly mounting?: boolean;
  /** Whether a signature tag that holds something else is replaced. */
  readonly overwrite: boolean;
  /** Told of a tag that holds something else and is kept. */
  readonly warn: (message: string) => void;
}

/**
 * The attachments that a target does not list yet, each with the content that is missing there. One whose manifest is there
 * and not listed under its subject is missing as well: an earlier run may have ended in between. Raises what the target raises.
 */
export async function missingAttachments(
  target: Target,
  attachments: readonly SourcedAttachment[],
  options: AttachmentOptions,
): Promise<MissingAttachment[]> {
  const subjects = new Set(attachments.filter(({tag}) => tag === undefined).map(({subject}) => subject));
  const listed = new Map<Digest, ReadonlySet<Digest>>();
  const lists = [...subjects].map(async (subject) => {
    const {descriptors} = await target.referrers(subject);
    listed.set(subject, new Set(descriptors.map(({digest}) => digest)));
  });
  await Promise.all(lists);
  const stateOf = async ({subject, graph, tag}: Attachment): Promise<AttachmentState> => {
    if (tag !== undefined) return stateUnderTag(target, {tag, manifest: graph.root}, options);
    return {is: listed.get(subject)?.has(graph.root.descriptor.digest) === true ? 'there' : 'missing'};
  };
  const missing = await Promise.all(
    attachments.map(async (attachment) => {
      const {is, before} = await stateOf(attachment);
      if (is === 'missing') return {...(await missingPartsOf(target, attachment, options)), before};
      if (is === 'kept' || !options.verifyContent) return undefined;
      const parts = await missingOf(target, attachment.graph);
      return isNothing(parts) ? undefined : {attachment, missing: parts, before};
    }),
  );
  return missing.filter((one) => one !== undefined);
}

/** `kept`: something else stands in its place, and stays. */
interface AttachmentState {
  readonly is: 'there' | 'missing' | 'kept';
  /** What its tag points to. */
  readonly before?: Digest | undefined;
}

/** Signatures that the target's own users added stand under the same tag: they are not lost for the source's. */
async function stateUnderTag(
  target: Target,
  {tag, manifest}: {readonly tag: Tag; readonly manifest: Manifest},
  {overwrite, warn}: AttachmentOptions,
): Promise<AttachmentState> {
  const {digest} = manifest.descriptor;
  const before = await target.digestOf(tag);
  if (isNamedBy(manifest, before)) return {is: 'there', before};
  const found = before === undefined ? 'behind' : await containment(target, tag, manifest);
  // what holds all of this and more, as our own records, is never taken away
  const state = found === 'apart' && overwrite ? 'behind' : found;
  if (state === 'apart') warn(`${tag} holds ${before} and is kept; --overwrite replaces it by ${digest}`);
  return {is: state === 'behind' ? 'missing' : 'kept', before};
}

/** The attachment itself is written in any case: that lists it. */
async function missingPartsOf(
  target: Target,
  attachment: SourcedAttachment,
  options: MissingOptions,
): Promise<MissingAttachment> {
  const {root} = attachment.graph;
  const missing = await missingOf(target, attachment.graph, options);
  const manifests = missing.manifests.includes(root) ? missing.manifests : [...missing.manifests, root];
  return {attachment, missing: {...missing, manifests}};
}
