import type {OciError} from '../oci/errors.ts';
import type {Session} from '../oci/exchange.ts';
import {isDigest} from '../oci/digest.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {DestinationRun} from './destination-run.ts';
import {deliver, type Deliveries} from './deliveries.ts';
import {ManifestWriter, type Writing} from './manifest-writer.ts';
import {commitTag} from './tagging.ts';

export interface PromoteOptions {
  readonly concurrency: number;
  readonly overwrite: boolean;
  /** Write no tag anywhere unless every destination received all content. */
  readonly allOrNothing: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a tag which is being written gets to its end after an interruption. */
const graceForTags = 3000;

/**
 * Copies what the runs lack, writes their manifests, children before parents, and then their tags; each run ends on its
 * own, whatever becomes of the others. Never rejects but for bugs.
 */
export async function promote(runs: readonly DestinationRun[], options: PromoteOptions): Promise<void> {
  const deliveries = deliver(runs, options.concurrency);
  const writer = new ManifestWriter();
  const filled = runs.map((run) => attempt(run, () => fill(run, {deliveries, writer, options})));
  if (options.allOrNothing) {
    await Promise.all(filled);
    if (runs.some((run) => run.failed)) {
      for (const run of runs) run.end('skipped', notTagged());
      return;
    }
  }
  await Promise.all(
    runs.map(async (run, i) => {
      await filled[i];
      if (!run.ended) await attempt(run, () => tag(run, writer, options));
    }),
  );
}

interface Filling {
  readonly deliveries: Deliveries;
  readonly writer: ManifestWriter;
  readonly options: PromoteOptions;
}

/**
 * Brings all content to the destination; the image's own manifest comes with the tag, unless there is none to wait for,
 * or what it refers to is to know of it before.
 */
async function fill(run: DestinationRun, {deliveries, writer, options}: Filling): Promise<void> {
  run.tell('copying');
  await allDelivered(deliveries(run));
  const {lack, place} = run.preview;
  const root = writingOf(run).graph.root;
  const early = options.allOrNothing || isDigest(place.target) || root.subject !== undefined;
  await writer.write(
    writingOf(run),
    early ? lack.manifests : lack.manifests.filter((manifest) => manifest !== root),
  );
}

async function tag(
  run: DestinationRun,
  writer: ManifestWriter,
  {overwrite, signal}: PromoteOptions,
): Promise<void> {
  signal?.throwIfAborted();
  run.tell('tagging');
  const {place, session, existingDigest} = run.preview;
  const patient: Session = {...session, signal: signal && delayed(signal, graceForTags)};
  const writing = {...writingOf(run), destination: patient};
  const manifest = writing.graph.root;
  await writer.healing(writing, manifest, () =>
    commitTag({
      session: patient,
      manifest,
      target: place.target,
      before: existingDigest,
      overwrite,
      put: () => writer.put(writing, manifest, place.target, {once: true}),
    }),
  );
  run.end('promoted');
}

function writingOf({image, preview}: DestinationRun): Writing {
  if (image.graph === undefined) throw new Error('a run without an image');
  return {graph: image.graph, source: image.session, destination: preview.session};
}

/** Runs a part of a run; what it raises ends the run. */
async function attempt(run: DestinationRun, part: () => Promise<void>): Promise<void> {
  try {
    await part();
  } catch (error) {
    run.fail(error);
  }
}

/** Waits for all deliveries, or raises the first failure as soon as it is known. */
async function allDelivered(deliveries: ReturnType<Deliveries>): Promise<void> {
  await Promise.all(
    deliveries.map(async (delivery) => {
      const outcome = await delivery;
      if ('error' in outcome) throw outcome.error as OciError;
    }),
  );
}

function notTagged(): CorectlError {
  return new CorectlError({
    code: 'not-tagged',
    message: 'not tagged, as another destination failed (--all-or-nothing)',
    suggestions: ['mend the other destination and run the same command again: what was copied is there'],
    exitCode: exitCodes.failed,
  });
}

/** A signal that follows another one after so many milliseconds. */
function delayed(signal: AbortSignal, milliseconds: number): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener(
    'abort',
    () =>
      setTimeout(() => {
        controller.abort(signal.reason);
      }, milliseconds).unref(),
    {once: true},
  );
  return controller.signal;
}
