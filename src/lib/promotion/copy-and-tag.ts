import {OciError} from '../oci-error.ts';
import {isDigest} from '../oci/digest.ts';
import {wait} from '../http/pace.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {DestinationRun} from './destination-run.ts';
import {deliver, type Deliveries} from './deliveries.ts';
import {previewExtraTags, type ExtraTag} from './extra-tags.ts';
import {attach} from '../copy/attach.ts';
import {BlobCopier} from '../copy/blob-copier.ts';
import {ManifestWriter, type Writing} from '../copy/manifest-writer.ts';
import {toBeWritten} from '../copy/missing.ts';
import type {Commit, Look, Target} from '../copy/target.ts';
import type {Recorder} from './recorder.ts';

export interface CopyOptions {
  /** Blobs in flight at once; depends on their size where it is absent. */
  readonly concurrency?: number | undefined;
  readonly overwrite: boolean;
  /** Write no tag anywhere unless every destination received all content. */
  readonly allOrNothing: boolean;
  /** Leaves a record at each destination before its tag: what it raises fails the destination. */
  readonly recorder?: Pick<Recorder, 'write'> | undefined;
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
export async function copyAndTag(runs: readonly DestinationRun[], options: CopyOptions): Promise<void> {
  const copier = new BlobCopier(options.concurrency);
  const deliveries = deliver(runs, copier);
  const writer = new ManifestWriter((node, source, target) => copier.send(node, source, target));
  await fillAndTag(runs, {deliveries, writer, looks: new Map(), options});
  const late = new AbortController();
  await Promise.race([deliveries.settled(), wait(graceForUploads, late.signal)]);
  late.abort();
}

async function fillAndTag(runs: readonly DestinationRun[], filling: Filling): Promise<void> {
  const {options} = filling;
  const filled = runs.map((run) => attempt(run, () => fill(run, filling)));
  if (options.allOrNothing && !(await allSucceed(runs, filled))) return;
  const recorded = runs.map(async (run, i) => {
    await filled[i];
    if (!run.ended) await attempt(run, () => record(run, options));
  });
  if (options.allOrNothing && !(await allSucceed(runs, recorded))) return;
  await Promise.all(
    runs.map(async (run, i) => {
      await recorded[i];
      if (!run.ended) await attempt(run, () => tag(run, filling));
    }),
  );
}

/** Whether a part of all runs went well; where one did not, the others end. */
async function allSucceed(
  runs: readonly DestinationRun[],
  parts: readonly Promise<void>[],
): Promise<boolean> {
  await Promise.all(parts);
  if (!runs.some((run) => run.failed)) return true;
  for (const run of runs) run.end('skipped', notTagged());
  return false;
}

interface Filling {
  readonly deliveries: Deliveries;
  readonly writer: ManifestWriter;
  /** At the tags of runs, while their last manifests were being written. */
  readonly looks: Map<DestinationRun, Look>;
  readonly options: CopyOptions;
}

/**
 * Brings all content to the destination, its signatures included: whoever sees the tag is to find them. The image's own
 * manifest comes with the tag, unless there is none to wait for, or what refers to it or it refers to comes before.
 */
async function fill(run: DestinationRun, {deliveries, writer, looks, options}: Filling): Promise<void> {
  if (isComplete(run)) return;
  run.tell('copying');
  await deliveries.to(run);
  const {missing, missingAttachments, place} = run.preview;
  const {graph} = run.found;
  const {root} = graph;
  const related = root.subject !== undefined || missingAttachments.length > 0;
  const early = options.allOrNothing || isDigest(place.tagOrDigest) || related;
  const wanted = toBeWritten(graph, missing.manifests);
  const others = wanted.filter((manifest) => manifest !== root);
  // where the tag itself follows, it is looked at meanwhile
  const follows = !early && options.recorder === undefined && others.length > 0;
  const [look] = await Promise.all([
    follows ? lookAt(run) : undefined,
    writer.write(writingOf(run), early ? wanted : others),
  ]);
  if (look !== undefined) looks.set(run, look);
  await attach(missingAttachments, {
    ...writingOf(run),
    writer,
    overwrite: options.overwrite,
    onWritten: () => {
      run.attached();
    },
  });
}

/** What a tag is now; one that cannot be looked at is looked at again before it is written, and tells why. */
async function lookAt({preview: {place, target}}: DestinationRun): Promise<Look | undefined> {
  const asked = performance.now();
  return target.digestOf(place.tagOrDigest).then(
    (found) => ({asked, found}),
    () => undefined,
  );
}

/** What stands there lacks nothing but its record. */
const isComplete = ({preview}: DestinationRun): boolean => preview.state === 'up-to-date';

/** Never a tag without its record. */
async function record(run: DestinationRun, {recorder, signal}: CopyOptions): Promise<void> {
  signal?.throwIfAborted();
  await recorder?.write(run);
}

async function tag(
  run: DestinationRun,
  {writer, looks, options: {overwrite, signal}}: Filling,
): Promise<void> {
  if (isComplete(run)) {
    run.end('up-to-date');
    return;
  }
  signal?.throwIfAborted();
  run.tell('tagging');
  const {place, target, existingDigest, extraTags} = run.preview;
  const patient = signal === undefined ? target : target.patient(graceForTags);
  const commit = (what: Commit) => writer.commit({...writingOf(run), target: patient}, what);
  const look = looks.get(run);
  await commit({reference: place.tagOrDigest, before: existingDigest, look, overwrite});
  // tags that float follow the image's own
  for (const extra of extraTags) {
    const float = (to: ExtraTag) => commit({reference: to.tag, before: to.existingDigest, overwrite});
    if (extra.action === 'write') run.tagged(await floated(run, {extra, target: patient, overwrite, float}));
  }
  run.end('promoted');
}

interface Floating {
  readonly extra: ExtraTag;
  readonly target: Target;
  readonly overwrite: boolean;
  /** Raises `tag-changed` where the tag is not what it was. */
  readonly float: (extra: ExtraTag) => Promise<void>;
}

/** Moves a tag that floats. One that someone else has moved meanwhile is looked at anew: it may be at a later version by now. */
async function floated(run: DestinationRun, {extra, target, overwrite, float}: Floating): Promise<ExtraTag> {
  try {
    await float(extra);
    return extra;
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'tag-changed') throw error;
    const {root} = run.found.graph;
    const warn = (message: string) => {
      run.warn(message);
    };
    const version = run.image.planned.image.tag;
    const options = {manifest: root, version, overwrite, warn};
    const [now = extra] = await previewExtraTags(target, [extra.tag], options);
    if (now.action === 'write') await float(now);
    return now;
  }
}

function writingOf({found: {graph, source}, preview: {target}}: DestinationRun): Writing {
  return {graph, source, target};
}

/** Runs a part of a run; what it raises ends the run. */
async function attempt(run: DestinationRun, part: () => Promise<void>): Promise<void> {
  try {
    await part();
  } catch (error) {
    run.fail(error);
  }
}

function notTagged(): CorectlError {
  return new CorectlError({
    code: 'not-tagged',
    message: 'not tagged, as another destination failed (--all-or-nothing)',
    suggestions: ['mend the other destination and run the same command again: what was copied is there'],
    exitCode: exitCodes.failed,
  });
}
