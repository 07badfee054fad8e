import type {Connection} from '../access/connection.ts';
import {exitCodes, type CorectlError, type ExitCode} from '../errors.ts';
import {copyAndTag, type CopyOptions} from './copy-and-tag.ts';
import {DestinationRun} from './destination-run.ts';
import {promotionInterrupted} from './failures.ts';
import {expectBlobs} from './expected-blobs.ts';
import {keyOf, type PromotionListener} from './events.ts';
import type {Judge, Judgement} from './judgement.ts';
import type {Plan} from './planning/plan.ts';
import type {Recorder} from './recorder.ts';
import type {PreflightOptions} from './destination-preview.ts';
import {preflight, type ImagePreview} from './preflight.ts';

export interface RunOptions extends PreflightOptions, CopyOptions {
  /**
   * What becomes of a plan of which the preflight finds that a part cannot be carried out:
   * - `stop`: nothing is written anywhere.
   * - `drop`: destinations that are unable or in conflict are left out, and the run has failed for that; an image that
   *   cannot be read still stops it.
   * - `tell`: each destination is on its own, as for promoter manifests; only a conflict stops all.
   */
  readonly onTrouble: 'stop' | 'drop' | 'tell';
  readonly gate?: Gate | undefined;
  readonly judge?: Judge | undefined;
  readonly recorder?: Recorder | undefined;
}

/** What images must satisfy before anything of a plan is written, whoever says so. */
export interface Gate {
  /** Why they may not be promoted, if so; asked once nothing else stands in the way. */
  refusal(images: readonly ImagePreview[], emit: PromotionListener): Promise<CorectlError | undefined>;
}

/** How a plan was carried out. */
export interface RunResult {
  readonly images: readonly {readonly preview: ImagePreview; readonly runs: readonly DestinationRun[]}[];
  /** Why nothing was written, if something stopped it all. */
  readonly stop: CorectlError | undefined;
  /** Absent where nothing was judged. */
  readonly judgement?: Judgement | undefined;
  readonly exitCode: ExitCode;
  readonly durationMs: number;
}

/**
 * Carries out a plan, whoever made it: preflight, then, unless something stops it there or it is a dry run, copy and tag.
 * What fails is in the result, an interruption too; rejects for bugs, and for a registry that the user's consent is
 * missing for (`untrusted-host`, `untrusted-http`), before any is asked.
 */
export async function runPlan(plan: Plan, connection: Connection, options: RunOptions): Promise<RunResult> {
  const started = performance.now();
  announce(plan, options);
  const seen = await preflight(plan, connection, options);
  const previews = (await options.recorder?.look(seen)) ?? seen;
  const images = previews.map((preview) => ({
    preview,
    runs: preview.destinations.map((one) => new DestinationRun(preview, one, options.emit)),
  }));
  const all = images.flatMap(({runs}) => runs);
  const {gate, judge, emit} = options;
  const trouble = stopReason(previews, options) ?? (await gate?.refusal(previews, emit));
  const judgement = trouble === undefined ? await judge?.judge(previews, emit) : undefined;
  const stop = trouble ?? judgement?.refusal;
  for (const run of all) endWithPreflight(run, options.onTrouble === 'tell' && stop === undefined);
  const ready = all.filter((run) => !run.ended);
  if (options.dryRun) preview(ready, stop);
  else if (stop === undefined) await write(ready, judgement, options);
  for (const run of ready) run.end(run.preview.state === 'up-to-date' ? 'up-to-date' : 'skipped');
  const exitCode = stop?.exitCode ?? exitCodeOf(all, options);
  return {images, stop, judgement, exitCode, durationMs: Math.round(performance.now() - started)};
}

function preview(ready: readonly DestinationRun[], stop: CorectlError | undefined): void {
  if (stop?.exitCode === exitCodes.interrupted) return;
  expectBlobs(ready);
  for (const run of ready) {
    run.foreseeRecord();
    run.end(run.preview.state === 'up-to-date' ? 'up-to-date' : 'would-promote');
  }
}

/** Brings to the destinations what they lack, and tags it; one that failed on the way is left out of what follows. */
async function write(
  runs: readonly DestinationRun[],
  judgement: Judgement | undefined,
  options: RunOptions,
): Promise<void> {
  await prepare(runs, options);
  const prepared = runs.filter((run) => !run.ended);
  options.recorder?.begin(prepared, judgement);
  await copyAndTag(prepared, options);
}

/** Makes ready what the destinations need before anything is copied; one that cannot be made ready has failed. */
async function prepare(runs: readonly DestinationRun[], {admission, signal}: RunOptions): Promise<void> {
  if (admission === undefined || signal?.aborted === true) return;
  await Promise.all(
    runs.map((run) =>
      admission.prepare(run.preview.place).catch((error: unknown) => {
        run.fail(error);
      }),
    ),
  );
}

function announce({images}: Plan, {emit, dryRun}: RunOptions): void {
  const destinations = images.flatMap((planned) =>
    planned.destinations.map((place) => ({...keyOf(planned, place), reference: place.reference})),
  );
  emit({kind: 'planned', dryRun, destinations});
}

/** Ends what the preflight ended. An image that cannot be read is each destination's own failure where nothing stops. */
function endWithPreflight(run: DestinationRun, onItsOwn: boolean): void {
  const {state, record, error} = run.preview;
  switch (state) {
    case 'up-to-date':
      // its record alone is still to be written
      if (record !== 'wanted') run.end(state, error);
      return;
    case 'conflict':
    case 'failed':
      run.end(state, error);
      return;
    case 'skipped':
      if (onItsOwn && run.image.error !== undefined) run.end('failed', run.image.error);
      else run.end('skipped', error);
      return;
    case 'ready':
      // what is attached to it could not be read
      if (onItsOwn && run.image.error !== undefined && run.image.found !== undefined)
        run.end('failed', run.image.error);
      return;
  }
}

/** Why nothing is written, if so: the user, then a missing image, then what refuses, then conflicts. */
function stopReason(
  images: readonly ImagePreview[],
  {onTrouble, signal}: RunOptions,
): CorectlError | undefined {
  if (signal?.aborted === true) return promotionInterrupted();
  const unread = onTrouble === 'tell' ? [] : images.map(({error}) => error);
  const destinations = images.flatMap((image) => image.destinations);
  const errors = (state: 'failed' | 'conflict') =>
    destinations.filter((one) => one.state === state).map(({error}) => error);
  const inOrder = [
    ...unread.filter((error) => error?.exitCode === exitCodes.imageNotFound),
    ...unread,
    ...(onTrouble === 'stop' ? errors('failed') : []),
    ...(onTrouble === 'drop' ? [] : errors('conflict')),
  ];
  const reason = inOrder.find((error) => error !== undefined);
  const others = destinations.some(({state}) => state === 'ready');
  const isPlace = destinations.some(({error}) => error === reason);
  return onTrouble === 'stop' && others && isPlace ? reason?.with(orKeepGoing(reason)) : reason;
}

/** What would help where only a part of the plan cannot be carried out. */
const orKeepGoing = ({suggestions}: CorectlError) => ({
  suggestions: [...suggestions, 'or promote to the other environments now, with --keep-going'],
});

/** The gravest outcome of a run that nothing stopped as a whole: what failed while writing comes before what is missing. */
function exitCodeOf(runs: readonly DestinationRun[], {onTrouble, signal}: RunOptions): ExitCode {
  const left = runs.filter((run) => !run.succeeded);
  if (left.length === 0) return exitCodes.success;
  if (signal?.aborted === true) return exitCodes.interrupted;
  if (onTrouble !== 'tell') return exitCodes.failed;
  const codes = new Set(left.map(({error}) => error?.exitCode ?? exitCodes.failed));
  const isWritten = runs.some(({status}) => status === 'promoted');
  const isMissingOnly = [...codes].every((code) => code === exitCodes.imageNotFound);
  if (codes.has(exitCodes.failed) || (isWritten && !isMissingOnly)) return exitCodes.failed;
  return codes.has(exitCodes.imageNotFound) ? exitCodes.imageNotFound : exitCodes.unreachable;
}
