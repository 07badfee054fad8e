import type {Place} from '../access/place.ts';
import {CorectlError} from '../errors.ts';
import {repositoryKey} from '../oci/reference.ts';
import type {Connection} from '../access/connection.ts';
import {DestinationRun} from '../promotion/destination-run.ts';
import type {PromotionListener} from '../promotion/events.ts';
import {forecast} from '../promotion/forecast.ts';
import type {PlannedImage} from '../promotion/plan.ts';
import {preflight, type ImagePreview} from '../promotion/preflight.ts';
import {promote} from '../promotion/promote.ts';
import type {Edge} from './edges.ts';
import {placeAt} from './places.ts';
import type {EdgeStatus} from './report.ts';
import type {Surveyed} from './survey.ts';

export interface CopyOptions {
  readonly confirm: boolean;
  readonly referrers: boolean;
  /** Blobs in flight at once; depends on their size where it is absent. */
  readonly concurrency?: number | undefined;
  readonly emit: PromotionListener;
  readonly signal?: AbortSignal | undefined;
}

/** How an edge ended. */
export interface Copied {
  readonly status: EdgeStatus;
  readonly existingDigest: string | null;
  readonly copiedBytes: number;
  readonly mountedBytes: number;
  readonly error?: CorectlError | undefined;
}

/** Images whose manifests are in memory at the same time. */
const batchSize = 100;

/**
 * Copies and tags the edges, each on its own, whatever becomes of the others; without `confirm` it only looks at what would
 * be copied. An edge without an outcome was not come to: the run was interrupted before it.
 */
export async function copyEdges(
  wanted: readonly Surveyed[],
  connection: Connection,
  options: CopyOptions,
): Promise<Map<Edge, Copied>> {
  const outcomes = new Map<Edge, Copied>();
  const images = planImages(wanted);
  for (let at = 0; at < images.length; at += batchSize) {
    const batch = images.slice(at, at + batchSize);
    try {
      for (const [edge, copied] of await copyBatch(batch, connection, options)) outcomes.set(edge, copied);
    } catch (error) {
      const interrupted = error instanceof CorectlError && error.code === 'interrupted';
      if (interrupted && outcomes.size > 0) return outcomes;
      throw error;
    }
  }
  return outcomes;
}

/** Where an edge leads. Several tags of a digest at one registry are told apart by the stage. */
export const placeOf = ({destination, digest, tag}: Edge): Place =>
  placeAt(destination, tag ?? 'no tag', tag ?? digest);

/** `apple@sha256:0123456789ab`: a digest of an image, for progress. */
export const imageLabel = ({image, digest}: Edge): string => `${image}@${digest.slice(0, 19)}`;

interface Planned {
  readonly image: PlannedImage;
  readonly edges: ReadonlyMap<Place, Edge>;
}

/** One image for each digest and source; what lacks a tag alone is read where it is. */
function planImages(wanted: readonly Surveyed[]): Planned[] {
  const images = new Map<string, {source: Place; edges: Map<Place, Edge>; first: Edge}>();
  for (const {edge, finding} of wanted) {
    const from = finding.kind === 'copy' ? finding.from : edge.destination;
    const stage = finding.kind === 'copy' ? finding.label : 'at the destination';
    const source = placeAt(from, stage, edge.digest);
    const planned = images.get(source.reference) ?? {source, edges: new Map<Place, Edge>(), first: edge};
    planned.edges.set(placeOf(edge), edge);
    images.set(source.reference, planned);
  }
  return [...images.values()].map(({source, edges, first}) => ({
    image: {
      image: {name: first.image, digest: first.digest},
      label: imageLabel(first),
      source,
      destinations: [...edges.keys()],
    },
    edges,
  }));
}

async function copyBatch(
  batch: readonly Planned[],
  connection: Connection,
  options: CopyOptions,
): Promise<(readonly [Edge, Copied])[]> {
  const plan = {tenant: '', fromStage: '', images: batch.map(({image}) => image)};
  const previews = await preflight(plan, connection, {...options, overwrite: false});
  const runs = previews.flatMap((image) =>
    image.destinations.map((preview) => ({image, run: new DestinationRun(image, preview, options.emit)})),
  );
  for (const {image, run} of runs) endUnready(image, run);
  const ready = runs.map(({run}) => run).filter((run) => !run.ended);
  if (options.confirm) await promote(ready, {...options, overwrite: false, allOrNothing: false});
  else {
    forecast(distinctRepositories(ready));
    for (const run of ready) run.end('would-promote');
  }
  for (const run of ready) run.end('skipped');
  const edges = new Map(batch.flatMap((planned) => [...planned.edges]));
  return runs.flatMap(({image, run}) => {
    const edge = edges.get(run.preview.place);
    return edge === undefined ? [] : [[edge, outcomeOf(image, run)] as const];
  });
}

/** A repository receives an image once, however many tags it gets there. */
function distinctRepositories(runs: readonly DestinationRun[]): DestinationRun[] {
  const keyOf = ({image, preview}: DestinationRun) =>
    `${image.planned.label} ${repositoryKey(preview.place.repository)}`;
  return [...new Map([...runs].reverse().map((run) => [keyOf(run), run])).values()].reverse();
}

function endUnready(image: ImagePreview, run: DestinationRun): void {
  const {state, error} = run.preview;
  if (image.error !== undefined) run.end('failed', image.error);
  else if (state !== 'ready') run.end(state, error);
}

function outcomeOf(image: ImagePreview, run: DestinationRun): Copied {
  const {status, existingDigest, bytes, error} = run.report();
  const raised = image.error ?? run.preview.error;
  return {
    status: status === 'planned' ? 'skipped' : status,
    existingDigest: status === 'conflict' ? existingDigest : null,
    copiedBytes: bytes.copied,
    mountedBytes: bytes.mounted,
    ...(error !== null && {
      error: raised ?? new CorectlError({...error, side: error.side ?? undefined, exitCode: 1}),
    }),
  };
}
