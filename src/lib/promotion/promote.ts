import {delayedSignal} from '../http/delayed-signal.ts';
import type {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import {wait} from '../http/pace.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {DestinationRun} from './destination-run.ts';
import {deliver, type Deliveries} from './deliveries.ts';
import type {LackingAttachment} from '../copy/missing-attachments.ts';
import {ManifestWriter, type Writing} from '../copy/manifest-writer.ts';
import {commitTag} from '../copy/commit-tag.ts';

export interface PromoteOptions {
  /** Blobs in flight at once; depends on their size where it is absent. */
  readonly concurrency?: number | undefined;
  readonly overwrite: boolean;
  /** Write no tag anywhere unless every destination received all content. */
  readonly allOrNothing: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a tag which is being written gets to its end after an interruption. */
const graceForTags = 3000;
/** Milliseconds for uploads that nobody waits for any more to be cancelled. */
const graceForUploads = 3000;

/**
 * Copies what the runs lack, writes their manifests, children before parents, and then their tags; each run ends on its
 * own, whatever becomes of the others. No upload is left open. Never rejects but for bugs.
 */
export async function promote(runs: readonly DestinationRun[], options: PromoteOptions): Promise<void> {
  const deliveries = deliver(runs, options.concurrency);
  await fillAndTag(runs, deliveries, options);
  const late = new AbortController();
  await Promise.race([deliveries.settled(), wait(graceForUploads, late.signal)]);
  late.abort();
}

async function fillAndTag(
  runs: readonly DestinationRun[],
  deliveries: Deliveries,
  options: PromoteOptions,
): Promise<void> {
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
 * Brings all content to the destination, its signatures included: whoever sees the tag is to find them. The image's own
 * manifest comes with the tag, unless there is none to wait for, or what refers to it or it refers to comes before.
 */
async function fill(run: DestinationRun, {deliveries, writer, options}: Filling): Promise<void> {
  run.tell('copying');
  await allDelivered(deliveries.of(run));
  const {lack, lackingAttachments, place} = run.preview;
  const root = writingOf(run).graph.root;
  const related = root.subject !== undefined || lackingAttachments.length > 0;
  const early = options.allOrNothing || isDigest(place.target) || related;
  const others = lack.manifests.filter((manifest) => manifest !== root);
  // an image that is there and refers to another one is written again: an earlier run may have ended before it was listed
  const own = root.subject !== undefined || lack.manifests.includes(root) ? [root] : [];
  await writer.write(writingOf(run), early ? [...others, ...own] : others);
  await Promise.all(lackingAttachments.map((one) => attach(run, one, writer)));
  await writer.list(run.preview.session);
}

/** Writes a signature or the like: by its digest, under its subject, and under cosign's tag if it has one. */
async function attach(
  run: DestinationRun,
  {attachment, lack}: LackingAttachment,
  writer: ManifestWriter,
): Promise<void> {
  const writing = {...writingOf(run), graph: attachment.graph};
  await writer.write(writing, lack.manifests);
  if (attachment.tag !== undefined) await writer.put(writing, attachment.graph.root, attachment.tag);
  run.attached();
}

async function tag(
  run: DestinationRun,
  writer: ManifestWriter,
  {overwrite, signal}: PromoteOptions,
): Promise<void> {
  signal?.throwIfAborted();
  run.tell('tagging');
  const {place, session, existingDigest, extraTags} = run.preview;
  const patient: Session = {...session, signal: signal && delayedSignal(signal, graceForTags)};
  const writing = {...writingOf(run), destination: patient};
  const manifest = writing.graph.root;
  const commit = (target: string, before: Digest | undefined, mayMove: boolean) =>
    writer.healing(writing, manifest, () =>
      commitTag({
        session: patient,
        manifest,
        target,
        before,
        overwrite: mayMove,
        put: () => writer.put(writing, manifest, target, {once: true}),
      }),
    );
  await commit(place.target, existingDigest, overwrite);
  // tags that float follow the image's own
  for (const extra of extraTags.filter(({action}) => action === 'write')) {
    await commit(extra.tag, extra.existingDigest, true);
    run.tagged(extra.tag);
  }
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
async function allDelivered(deliveries: ReturnType<Deliveries['of']>): Promise<void> {
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
