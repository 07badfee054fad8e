import {hasBlob} from '../oci/blobs.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import type {Session} from '../oci/exchange.ts';
import {readGraph, type Graph} from '../oci/graph.ts';
import type {Manifest} from '../oci/manifest.ts';
import {hasManifest, resolveManifest, tagDigest} from '../oci/manifests.ts';
import type {CorectlError} from '../errors.ts';
import type {Connection} from './connection.ts';
import type {PromotionListener} from './events.ts';
import {conflictError, preflightFailure} from './failures.ts';
import type {Place, Plan, PlannedImage} from './plan.ts';

/** What a destination does not have yet. */
export interface Lack {
  /** Children before parents; without the image's root when that is there under its digest. */
  readonly manifests: readonly Manifest[];
  readonly blobs: readonly Descriptor[];
}

/** What was found out about a destination, without having written anything. */
export interface DestinationPreview {
  readonly place: Place;
  readonly session: Session;
  /** `skipped`: nothing is known, as the image itself could not be read. */
  readonly state: 'ready' | 'up-to-date' | 'conflict' | 'failed' | 'skipped';
  /** What the tag points to. */
  readonly existingDigest?: Digest | undefined;
  readonly lack: Lack;
  readonly error?: CorectlError | undefined;
}

export interface ImagePreview {
  readonly planned: PlannedImage;
  readonly session: Session;
  /** Absent when the image could not be read. */
  readonly graph?: Graph | undefined;
  readonly error?: CorectlError | undefined;
  readonly destinations: readonly DestinationPreview[];
}

export interface PreflightOptions {
  readonly overwrite: boolean;
  readonly emit: PromotionListener;
}

const nothing: Lack = {manifests: [], blobs: []};

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
  return Promise.all(plan.images.map((planned) => previewImage(planned, connection, options)));
}

async function previewImage(
  planned: PlannedImage,
  connection: Connection,
  options: PreflightOptions,
): Promise<ImagePreview> {
  const session = connection.session(planned.source, 'source');
  const source = graphOf(planned, session, options.emit);
  // an interruption may reach the destinations first
  source.catch(() => undefined);
  const destinations = await Promise.all(
    planned.destinations.map((place) => previewDestination({planned, place, connection, source}, options)),
  );
  const found = await source;
  return {planned, session, destinations, ...('digest' in found ? {error: undefined} : found)};
}

type Found = {readonly graph: Graph} | {readonly error: CorectlError};

async function graphOf(planned: PlannedImage, session: Session, emit: PromotionListener): Promise<Found> {
  try {
    const root = await resolveManifest(session, planned.source.target);
    emit({
      kind: 'resolved',
      image: planned.label,
      digest: root.descriptor.digest,
      reference: planned.source.reference,
    });
    const graph = await readGraph(session, root);
    warnOfForeign(planned, graph, emit);
    return {graph};
  } catch (error) {
    return {error: preflightFailure(error, planned.source, 'source')};
  }
}

interface DestinationContext {
  readonly planned: PlannedImage;
  readonly place: Place;
  readonly connection: Connection;
  readonly source: Promise<Found>;
}

async function previewDestination(
  context: DestinationContext,
  options: PreflightOptions,
): Promise<DestinationPreview> {
  const {planned, place, connection, source} = context;
  const session = connection.session(place, 'destination');
  const base = {place, session, lack: nothing};
  try {
    const existingDigest = isDigest(place.target)
      ? await digestIfThere(session, place.target)
      : await tagDigest(session, place.target);
    const found = await source;
    if ('error' in found) return {...base, state: 'skipped', existingDigest};
    const {graph} = found;
    const {digest} = graph.root.descriptor;
    if (existingDigest === digest) return {...base, state: 'up-to-date', existingDigest};
    if (existingDigest !== undefined && !options.overwrite) {
      return {
        ...base,
        state: 'conflict',
        existingDigest,
        error: conflictError(place, existingDigest, digest),
      };
    }
    const lack = await lackOf(session, graph);
    options.emit({kind: 'checked', ...keyOf(planned, place), ...amounts(graph, lack)});
    return {...base, state: 'ready', existingDigest, lack};
  } catch (error) {
    return {...base, state: 'failed', error: preflightFailure(error, place, 'destination')};
  }
}

async function digestIfThere(session: Session, digest: Digest): Promise<Digest | undefined> {
  return (await hasManifest(session, digest)) ? digest : undefined;
}

/** Asks for all manifests and blobs at once: one round trip, at the price of some questions too many. */
async function lackOf(session: Session, graph: Graph): Promise<Lack> {
  const present = new Set<Digest>();
  const note = (digest: Digest) => (there: boolean) => there && present.add(digest);
  // one with a subject is written again: only the answer tells whether the registry keeps track of what refers to what
  const askable = graph.manifests.filter(({subject}) => subject === undefined);
  await Promise.all([
    ...askable.map(({descriptor}) => hasManifest(session, descriptor.digest).then(note(descriptor.digest))),
    ...[...graph.blobs.values()].map((node) => hasBlob(session, node).then(note(node.digest))),
  ]);
  const manifests = lackingManifests(graph, present);
  const needed = new Set(
    manifests.flatMap((manifest) => [...manifest.blobs, ...manifest.children].map(({digest}) => digest)),
  );
  const blobs = [...graph.blobs.values()].filter(({digest}) => needed.has(digest) && !present.has(digest));
  return {manifests, blobs};
}

/** What is below a manifest that is there is there as well: registries refuse manifests whose content they lack. */
function lackingManifests(graph: Graph, present: ReadonlySet<Digest>): Manifest[] {
  const lacking = new Set<Digest>();
  for (const {descriptor, children} of [...graph.manifests].reverse()) {
    const wanted = descriptor.digest === graph.root.descriptor.digest || lacking.has(descriptor.digest);
    if (!wanted || present.has(descriptor.digest)) lacking.delete(descriptor.digest);
    else {
      lacking.add(descriptor.digest);
      for (const child of children) lacking.add(child.digest);
    }
  }
  return graph.manifests.filter(({descriptor}) => lacking.has(descriptor.digest));
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
