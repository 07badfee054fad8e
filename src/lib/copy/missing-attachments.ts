import type {Attachment} from './attachments.ts';
import type {Digest} from '../oci/digest.ts';
import type {Session} from '../distribution/session.ts';
import type {Manifest} from '../oci/manifest.ts';
import {tagDigest} from '../distribution/manifests.ts';
import {listReferrers} from '../distribution/referrers.ts';
import type {PromotionListener} from '../promotion/events.ts';
import {lackOf, type Lack} from './missing.ts';
import {standing} from './signature-tag.ts';

export interface LackingAttachment {
  readonly attachment: Attachment;
  readonly lack: Lack;
}

export interface AttachmentOptions {
  /** Whether a signature tag that holds something else is replaced. */
  readonly overwrite: boolean;
  readonly emit: PromotionListener;
  /** The destination, for messages. */
  readonly where: string;
}

/**
 * The attachments that a destination does not list yet, with what of their content it lacks. One whose manifest is there
 * but not listed under its subject is lacking: an earlier run may have ended in between.
 */
export async function lackingAttachments(
  session: Session,
  attachments: readonly Attachment[],
  options: AttachmentOptions,
): Promise<LackingAttachment[]> {
  const subjects = new Set(attachments.filter(({tag}) => tag === undefined).map(({subject}) => subject));
  const listed = new Map<Digest, ReadonlySet<Digest>>();
  const lists = [...subjects].map(async (subject) => {
    const {descriptors} = await listReferrers(session, subject);
    listed.set(subject, new Set(descriptors.map(({digest}) => digest)));
  });
  await Promise.all(lists);
  const isThere = ({subject, graph, tag}: Attachment): Promise<boolean> =>
    tag === undefined
      ? Promise.resolve(listed.get(subject)?.has(graph.root.descriptor.digest) === true)
      : tagIsThere(session, tag, graph.root, options);
  const lacking = await Promise.all(
    attachments.map(async (attachment) =>
      (await isThere(attachment)) ? undefined : lackingOf(session, attachment),
    ),
  );
  return lacking.filter((one) => one !== undefined);
}

/** Signatures that the destination added itself stand under the same tag: they are not lost for the source's. */
async function tagIsThere(
  session: Session,
  tag: string,
  manifest: Manifest,
  {overwrite, emit, where}: AttachmentOptions,
): Promise<boolean> {
  const {digest} = manifest.descriptor;
  const there = await tagDigest(session, tag);
  if (there === undefined || there === digest) return there === digest;
  const state = overwrite ? 'behind' : await standing(session, tag, manifest);
  if (state === 'apart')
    emit({
      kind: 'warning',
      message: `${where}: ${tag} holds ${there} and is kept; --overwrite replaces it by ${digest}`,
    });
  return state !== 'behind';
}

async function lackingOf(session: Session, attachment: Attachment): Promise<LackingAttachment> {
  const {root} = attachment.graph;
  const lack = await lackOf(session, attachment.graph);
  const manifests = lack.manifests.includes(root) ? lack.manifests : [...lack.manifests, root];
  return {attachment, lack: {...lack, manifests}};
}
