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
import type {PlannedImage} from './planning/plan.ts';
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

/** One destination, who is asked there, and the image that is being read meanwhile. */
interface Context {
  readonly planned: PlannedImage;
  readonly place: Destination;
  readonly target: Target;
  readonly reading: SourceReading;
  /** Milliseconds. */
  readonly limit: number;
}

/**
 * Reads what a destination has under the image's tag, and what it lacks of the image once that has been read. What fails is in
 * the result, told by its side; rejects for nothing else but bugs.
 */
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
    const gone = planned.mayBeGone === true && error?.exitCode === exitCodes.imageNotFound;
    // this may have to wait for what is attached to the image, which has a limit of its own
    return await within(2 * limit, async (bound): Promise<DestinationPreview> => {
      const there = {...context, target: target.until(bound)};
      if (found !== undefined) return previewContent({...there, found}, preview, options);
      if (gone && digest !== undefined)
        return withoutSource({...there, digest, root, error}, preview, options);
      return {...preview, state: 'skipped'};
    });
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
  context: Context & {readonly found: FoundImage},
  base: Omit<DestinationPreview, 'state'>,
  options: PreflightOptions,
): Promise<DestinationPreview> {
  const {planned, place, found} = context;
  const tags = await previewTags(context, base, options);
  const content = await missingContent(context, tags, options);
  if (content === undefined) return {...base, state: 'skipped'};
  const preview = {...base, ...content, image: found, extraTags: tags.extraTags};
  const isComplete = isNothing(content.missing) && content.missingAttachments.length === 0;
  if (!tags.writesTag && isComplete) return {...preview, state: 'up-to-date'};
  // one without the tag was asked while its content was looked at
  if (tags.isTagged) await options.admission?.check(place);
  options.emit({kind: 'checked', ...keyOf(planned, place), ...amounts(found.graph, content.missing)});
  return {...preview, state: 'ready'};
}

interface TagsSeen extends Pick<DestinationPreview, 'existingDigest' | 'extraTags'> {
  /** Whether the image's own tag is right already. */
  readonly isTagged: boolean;
  /** Whether any tag is to be written. */
  readonly writesTag: boolean;
}

async function previewTags(
  {planned, place, target, found}: Context & {readonly found: FoundImage},
  {existingDigest}: Pick<DestinationPreview, 'existingDigest'>,
  options: PreflightOptions,
): Promise<TagsSeen> {
  const {root} = found.graph;
  const isTagged = isNamedBy(root, existingDigest);
  const extraTags = await previewExtraTags(target, place.extraTags ?? [], {
    ...options,
    manifest: root,
    version: planned.image.tag,
    warn: warningAbout(place, options.emit),
  });
  const writesTag = !isTagged || extraTags.some(({action}) => action === 'write');
  return {existingDigest, extraTags, isTagged, writesTag};
}

/** What is to be brought to a destination; undefined where it is not known what is attached to the image. */
async function missingContent(
  {place, target, reading, found}: Context & {readonly found: FoundImage},
  {existingDigest, isTagged, writesTag}: TagsSeen,
  {dryRun, verifyContent, overwrite, admission, emit}: PreflightOptions,
): Promise<Pick<DestinationPreview, 'missing' | 'contentVerified' | 'missingAttachments'> | undefined> {
  // a tag that is about to be written is to be complete
  const contentVerified = writesTag || verifyContent;
  // a dry run mounts nothing
  const mounting = !dryRun && isMountedUnasked(target, existingDigest, found);
  // mounts and reads follow as soon as all have been looked at
  if (!dryRun && !isTagged) (mounting ? target : found.source).expect(found.graph.blobs.size);
  const [missing, {list}] = await Promise.all([
    contentVerified ? missingOf(target, found.graph, {mounting}) : nothingMissing,
    reading.attachments,
    isTagged ? undefined : admission?.check(place),
  ]);
  if (list === undefined) return undefined;
  const warn = warningAbout(place, emit);
  const look = {verifyContent: contentVerified, mounting, overwrite, warn};
  return {missing, contentVerified, missingAttachments: await missingAttachments(target, list, look)};
}

/**
 * Whether nobody asks for an image's blobs: where they come from the same registry, and a destination without the tag lacks
 * some of them, to mount each takes as many requests as asking, and tells as much.
 */
function isMountedUnasked(target: Target, existingDigest: Digest | undefined, {source}: FoundImage): boolean {
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
