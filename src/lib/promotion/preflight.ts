import type {Place} from '../access/place.ts';
import pLimit from 'p-limit';
import {readAttachments, type Attachment} from '../copy/attachments.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import type {Session} from '../distribution/session.ts';
import {readGraph, type Graph} from '../copy/graph.ts';
import {hasManifest, resolveManifest, tagDigest} from '../distribution/manifests.ts';
import type {CorectlError} from '../errors.ts';
import type {Admission} from '../access/admission.ts';
import type {Connection} from '../access/connection.ts';
import type {PromotionListener} from './events.ts';
import {previewExtraTags, type ExtraTag} from './extra-tags.ts';
import {conflictError, preflightFailure} from './failures.ts';
import {lackingAttachments, type LackingAttachment} from '../copy/missing-attachments.ts';
import {lackOf, nothing, type Lack} from '../copy/missing.ts';
import type {Plan, PlannedImage} from './plan.ts';

/** What was found out about a destination, without having written anything. */
export interface DestinationPreview {
  readonly place: Place;
  readonly session: Session;
  /** `skipped`: nothing is known, as the image itself could not be read. */
  readonly state: 'ready' | 'up-to-date' | 'conflict' | 'failed' | 'skipped';
  /** What the tag points to. */
  readonly existingDigest?: Digest | undefined;
  readonly lack: Lack;
  /** Signatures and the like that are not there yet. */
  readonly lackingAttachments: readonly LackingAttachment[];
  /** Tags besides the image's own, and what is to become of them. */
  readonly extraTags: readonly ExtraTag[];
  readonly error?: CorectlError | undefined;
}

export interface ImagePreview {
  readonly planned: PlannedImage;
  readonly session: Session;
  /** Absent when the image could not be read. */
  readonly graph?: Graph | undefined;
  /** What belongs to the image without being part of it. */
  readonly attachments: readonly Attachment[];
  readonly error?: CorectlError | undefined;
  readonly destinations: readonly DestinationPreview[];
}

export interface PreflightOptions {
  readonly overwrite: boolean;
  /** Whether signatures and other attachments travel with the image. */
  readonly referrers: boolean;
  /** What a destination that is to be written must let happen; nothing is asked without it. */
  readonly admission?: Admission | undefined;
  readonly emit: PromotionListener;
}

/** Images that are looked at together. */
const imagesAtOnce = 10;

/**
 * Looks at everything that a promotion will touch: authenticates, resolves each source once, reads the destinations' tags,
 * and finds out what each destination lacks. Reads only. What fails is in the result, told by its side; rejects for nothing
 * but an interruption.
 */
export function preflight(
  plan: Plan,
  connection: Connection,
  options: PreflightOptions,
): Promise<ImagePreview[]> {
  // more at once would not be answered sooner, and each holds what it has asked for
  const limit = pLimit(imagesAtOnce);
  return Promise.all(plan.images.map((planned) => limit(() => previewImage(planned, connection, options))));
}

async function previewImage(
  planned: PlannedImage,
  connection: Connection,
  options: PreflightOptions,
): Promise<ImagePreview> {
  const session = connection.session(planned.source, 'source');
  const source = readSource(planned, session, options);
  const destinations = await Promise.all(
    planned.destinations.map((place) => previewDestination({planned, place, connection, source}, options)),
  );
  const {graph, error} = await source.image;
  const attached = await source.attachments;
  return {
    planned,
    session,
    destinations,
    graph,
    attachments: attached.list ?? [],
    error: error ?? attached.error,
  };
}

/** The image and what is attached to it; the destinations can be asked as soon as the first is known. */
interface Source {
  readonly image: Promise<{readonly graph?: Graph; readonly error?: CorectlError}>;
  readonly attachments: Promise<{readonly list?: readonly Attachment[]; readonly error?: CorectlError}>;
}

function readSource(planned: PlannedImage, session: Session, options: PreflightOptions): Source {
  const attempt = async <T extends object>(read: () => Promise<T>): Promise<T | {error: CorectlError}> => {
    try {
      return await read();
    } catch (error) {
      return {error: preflightFailure(error, planned.source, 'source')};
    }
  };
  const image: Source['image'] = attempt(async () => ({
    graph: await readImage(planned, session, options.emit),
  }));
  const attachments: Source['attachments'] = image.then(({graph}) =>
    attempt(async () => ({
      list: graph && options.referrers ? await readAttached(planned, session, graph, options.emit) : [],
    })),
  );
  // an interruption may reach the destinations first
  attachments.catch(() => undefined);
  return {image, attachments};
}

async function readImage(planned: PlannedImage, session: Session, emit: PromotionListener): Promise<Graph> {
  const root = await resolveManifest(session, planned.source.target);
  const {digest} = root.descriptor;
  emit({kind: 'resolved', image: planned.label, digest, reference: planned.source.reference});
  if (root.untrue !== undefined) {
    const message = `${planned.label}: the source calls it ${root.untrue}; what it sends is ${digest}`;
    emit({kind: 'warning', message});
  }
  const graph = await readGraph(session, root);
  warnOfForeign(planned, graph, emit);
  return graph;
}

async function readAttached(
  planned: PlannedImage,
  session: Session,
  graph: Graph,
  emit: PromotionListener,
): Promise<readonly Attachment[]> {
  const {list, refused} = await readAttachments(session, graph);
  if (refused !== undefined) {
    emit({
      kind: 'warning',
      message: `${planned.label}: the source does not tell what refers to it: ${refused.message}`,
    });
  }
  return list;
}

interface DestinationContext {
  readonly planned: PlannedImage;
  readonly place: Place;
  readonly connection: Connection;
  readonly source: Source;
}

async function previewDestination(
  context: DestinationContext,
  options: PreflightOptions,
): Promise<DestinationPreview> {
  const {planned, place, connection, source} = context;
  const session = connection.session(place, 'destination');
  const base = {place, session, lack: nothing, lackingAttachments: [], extraTags: []};
  try {
    const existingDigest = await currentDigest(session, place.target);
    const {graph} = await source.image;
    if (graph === undefined) return {...base, state: 'skipped', existingDigest};
    const {digest} = graph.root.descriptor;
    if (existingDigest !== undefined && existingDigest !== digest && !options.overwrite) {
      const error = conflictError(place, existingDigest, digest);
      return {...base, state: 'conflict', existingDigest, error};
    }
    const [lack, {list}] = await Promise.all([
      existingDigest === digest ? nothing : lackOf(session, graph),
      source.attachments,
      existingDigest === digest ? undefined : options.admission?.check(place, session),
    ]);
    if (list === undefined) return {...base, state: 'skipped', existingDigest};
    const [lacking, extraTags] = await Promise.all([
      lackingAttachments(session, list, {...options, where: place.label}),
      previewExtraTags(session, place, {digest, version: planned.image.tag, ...options}),
    ]);
    const preview = {...base, existingDigest, lack, lackingAttachments: lacking, extraTags};
    const more = lacking.length > 0 || extraTags.some(({action}) => action === 'write');
    if (existingDigest === digest && !more) return {...preview, state: 'up-to-date'};
    if (existingDigest === digest) await options.admission?.check(place, session);
    options.emit({kind: 'checked', ...keyOf(planned, place), ...amounts(graph, lack)});
    return {...preview, state: 'ready'};
  } catch (error) {
    return {...base, state: 'failed', error: preflightFailure(error, place, 'destination')};
  }
}

async function currentDigest(session: Session, target: string): Promise<Digest | undefined> {
  if (!isDigest(target)) return tagDigest(session, target);
  return (await hasManifest(session, target)) ? target : undefined;
}

function amounts(graph: Graph, lack: Lack): {existing: number; missing: number; missingBytes: number} {
  const missing = lack.blobs.length;
  return {
    existing: graph.blobs.size - missing,
    missing,
    missingBytes: lack.blobs.reduce((sum, {size}) => sum + size, 0),
  };
}

function keyOf(planned: PlannedImage, place: Place): {image: string; environment: string; stage: string} {
  return {image: planned.label, environment: place.label, stage: place.stage};
}

function warnOfForeign(planned: PlannedImage, {foreign}: Graph, emit: PromotionListener): void {
  if (foreign.length === 0) return;
  const layers = foreign.length === 1 ? '1 layer' : `${foreign.length} layers`;
  emit({
    kind: 'warning',
    message: `${planned.label}: ${layers} may not be distributed and stay where they are (foreign layers)`,
  });
}
