import type {Admission} from '../access/admission.ts';
import type {Destination} from '../access/place.ts';
import {readGraph, type Graph} from '../copy/graph.ts';
import {missingAttachments, type MissingAttachment} from '../copy/missing-attachments.ts';
import {isNothing, missingOf, nothingMissing, type Missing} from '../copy/missing.ts';
import type {Target} from '../copy/target.ts';
import {exitCodes, type CorectlError} from '../errors.ts';
import {orMissing} from '../distribution/manifests.ts';
import {algorithmOf, isDigest, type Digest} from '../oci/digest.ts';
import {isNamedBy, type Manifest} from '../oci/manifest.ts';
import {keyOf, type PromotionListener} from './events.ts';
import {previewExtraTags, type ExtraTag} from './extra-tags.ts';
import {conflictError, isInterruption, preflightFailure} from './failures.ts';
import type {PlannedImage} from './plan.ts';
import type {FoundImage, SourceReading} from './source-reading.ts';
import {within} from './within.ts';

/** What was found out about a destination, without having written anything. */
export interface DestinationPreview {
  readonly place: Destination;
  readonly target: Target;
  /** `skipped`: nothing is known, as the image itself could not be read or the run was interrupted. */
  readonly state: 'ready' | 'up-to-date' | 'conflict' | 'failed' | 'skipped';
  /** What is to be brought there, and from where; absent when the image could not be read. */
  readonly image?: FoundImage | undefined;
  /** What the tag points to. */
  readonly existingDigest?: Digest | undefined;
  readonly missing: Missing;
  /** Whether the destination was asked for all content, also below a tag that is right already. */
  readonly contentVerified: boolean;
  /** Signatures and the like that are not there yet. */
  readonly missingAttachments: readonly MissingAttachment[];
  /** Tags besides the image's own, and what is to become of them. */
  readonly extraTags: readonly ExtraTag[];
  /** Whether a record of the promotion is to be written there; absent where nothing is recorded. */
  readonly record?: 'wanted' | 'there' | undefined;
  readonly error?: CorectlError | undefined;
}

export interface PreflightOptions {
  readonly overwrite: boolean;
  /** Whether signatures and other attachments travel with the image. */
  readonly referrers: boolean;
  /** Whether what is below a tag that is right already is looked at too. */
  readonly verifyContent: boolean;
  /** Nothing is written: it ends after the preflight. */
  readonly dryRun: boolean;
  /** What a destination that is to be written must let happen; nothing is asked without it. */
  readonly admission?: Admission | undefined;
  readonly emit: PromotionListener;
}

interface Context {
  readonly planned: PlannedImage;
  readonly place: Destination;
  readonly target: Target;
  readonly reading: SourceReading;
  /** Milliseconds. */
  readonly limit: number;
}

export async function previewDestination(
  context: Context,
  options: PreflightOptions,
): Promise<DestinationPreview> {
  const {planned, place, target, reading, limit} = context;
  const base = {...nothingFound, place, target};
  try {
    const existingDigest = await within(limit, (bound) => target.until(bound).digestOf(place.tagOrDigest));
    const {found, error} = await reading.image;
    const digest = found?.graph.root.descriptor.digest ?? planned.image.digest;
    const preview = {...base, existingDigest};
    const root = await within(limit, (bound) =>
      namingRoot(target.until(bound), existingDigest, {found, digest}),
    );
    const isRight = root === undefined ? existingDigest === digest : isNamedBy(root, existingDigest);
    if (existingDigest !== undefined && digest !== undefined && !isRight && !options.overwrite)
      return {...preview, state: 'conflict', error: conflictError(place, existingDigest, digest)};
    // what follows may have to wait for what is attached to the image, which has a limit of its own
    if (found !== undefined)
      return await within(2 * limit, (bound) =>
        previewContent({...context, target: target.until(bound), found}, preview, options),
      );
    const gone = planned.mayBeGone === true && error?.exitCode === exitCodes.imageNotFound;
    if (!gone || digest === undefined) return {...preview, state: 'skipped'};
    return await within(2 * limit, (bound) =>
      withoutSource({...context, target: target.until(bound), digest, root, error}, preview, options),
    );
  } catch (error) {
    return endedBy(base, preflightFailure(error, place, 'destination'));
  }
}

/** What is told of a destination that nothing was found out about. */
const nothingFound = {
  missing: nothingMissing,
  contentVerified: false,
  missingAttachments: [],
  extraTags: [],
};

/** What a destination lacks of an image that was found. */
async function previewContent(
  {planned, place, target, reading, found}: Context & {readonly found: FoundImage},
  base: Omit<DestinationPreview, 'state'>,
  options: PreflightOptions,
): Promise<DestinationPreview> {
  const {graph} = found;
  const isTagged = isNamedBy(graph.root, base.existingDigest);
  const warn = warningAbout(place, options.emit);
  const tagging = {manifest: graph.root, version: planned.image.tag, ...options, warn};
  const extraTags = await previewExtraTags(target, place.extraTags ?? [], tagging);
  const writesTag = !isTagged || extraTags.some(({action}) => action === 'write');
  // a tag that is about to be written is to be complete
  const contentVerified = writesTag || options.verifyContent;
  // a dry run mounts nothing
  const mounting = !options.dryRun && isMountedUnasked(target, base, found);
  // mounts and reads follow as soon as all have been looked at
  if (!options.dryRun && !isTagged) (mounting ? target : found.source).expect(graph.blobs.size);
  const [missing, {list}] = await Promise.all([
    contentVerified ? missingOf(target, graph, {mounting}) : nothingMissing,
    reading.attachments,
    isTagged ? undefined : options.admission?.check(place),
  ]);
  if (list === undefined) return {...base, state: 'skipped'};
  const attachments = await missingAttachments(target, list, {
    verifyContent: contentVerified,
    mounting,
    overwrite: options.overwrite,
    warn,
  });
  const preview = {
    ...base,
    image: found,
    missing,
    contentVerified,
    missingAttachments: attachments,
    extraTags,
  };
  const isComplete = isNothing(missing) && attachments.length === 0;
  if (!writesTag && isComplete) return {...preview, state: 'up-to-date'};
  if (isTagged) await options.admission?.check(place);
  options.emit({kind: 'checked', ...keyOf(planned, place), ...amounts(graph, missing)});
  return {...preview, state: 'ready'};
}

/**
 * Whether nobody asks for an image's blobs: where they come from the same registry, and a destination without the tag lacks
 * some of them, to mount each takes as many requests as asking, and tells as much.
 */
function isMountedUnasked(
  target: Target,
  {existingDigest}: Pick<DestinationPreview, 'existingDigest'>,
  {source}: FoundImage,
): boolean {
  return existingDigest === undefined && target.mountableFrom(source) !== undefined;
}

/**
 * An image that no source has any more, or not all of, stands where it is at the destination; there it may get a tag when it
 * is whole. What refers to it is brought there all the same, as far as a source has it.
 */
async function withoutSource(
  {place, target, reading, digest, root: named, error}: Bereft,
  base: Omit<DestinationPreview, 'state'>,
  options: PreflightOptions,
): Promise<DestinationPreview> {
  const isTagged = base.existingDigest === digest || named !== undefined;
  const contentVerified = !isTagged || options.verifyContent;
  const mayStand = isTagged || !isDigest(place.tagOrDigest);
  const root = named ?? (mayStand ? await orMissing(target.resolve(digest)) : undefined);
  const graph = root && (await orMissing(readGraph(target, root)));
  if (graph === undefined || (contentVerified && !isNothing(await missingOf(target, graph))))
    return {...base, state: 'failed', error};
  const {found, list, error: unread} = await reading.remains(graph);
  if (list === undefined) return endedBy(base, unread);
  const attachments = await missingAttachments(target, list, {
    verifyContent: contentVerified,
    overwrite: options.overwrite,
    warn: warningAbout(place, options.emit),
  });
  const preview = {...base, image: found, contentVerified, missingAttachments: attachments};
  if (isTagged && attachments.length === 0) return {...preview, state: 'up-to-date'};
  await options.admission?.check(place);
  return {...preview, state: 'ready'};
}

/** A destination of an image that no source has any more, and what the sources said. */
interface Bereft extends Pick<Context, 'place' | 'target' | 'reading'> {
  readonly digest: Digest;
  /** The image itself, where a registry names it by another algorithm than the manifest that wants it. */
  readonly root: Manifest | undefined;
  readonly error: CorectlError | undefined;
}

/**
 * The image that a destination's digest is compared with: the source's or, where that has lost it, what the destination
 * itself has under a digest of another algorithm, if that is the image. Undefined where digests can be compared as they are.
 */
async function namingRoot(
  target: Target,
  existing: Digest | undefined,
  {found, digest}: {readonly found: FoundImage | undefined; readonly digest: Digest | undefined},
): Promise<Manifest | undefined> {
  if (found !== undefined) return found.graph.root;
  if (existing === undefined || digest === undefined || algorithmOf(existing) === algorithmOf(digest))
    return undefined;
  const there = await orMissing(target.resolve(existing));
  return there !== undefined && isNamedBy(there, digest) ? {...there, alias: digest} : undefined;
}

function endedBy(
  base: Omit<DestinationPreview, 'state'>,
  error: CorectlError | undefined,
): DestinationPreview {
  const isOver = error !== undefined && isInterruption(error);
  return {...base, state: isOver ? 'skipped' : 'failed', error};
}

/** Tells what is kept at a destination. */
function warningAbout({label}: Destination, emit: PromotionListener): (message: string) => void {
  return (message) => {
    emit({kind: 'warning', message: `${label}: ${message}`});
  };
}

function amounts(graph: Graph, {blobs}: Missing): {existing: number; missing: number; missingBytes: number} {
  return {
    existing: graph.blobs.size - blobs.length,
    missing: blobs.length,
    missingBytes: blobs.reduce((sum, {size}) => sum + size, 0),
  };
}
