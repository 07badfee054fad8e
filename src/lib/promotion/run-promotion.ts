import {errorReport} from '../errors.ts';
import {CorectlError, exitCodes, type ExitCode} from '../errors.ts';
import type {Admission} from '../access/admission.ts';
import type {Connection} from '../access/connection.ts';
import {DestinationRun} from './destination-run.ts';
import type {PromotionListener} from './events.ts';
import {forecast} from './forecast.ts';
import type {Plan} from './plan.ts';
import {preflight, type ImagePreview} from './preflight.ts';
import {promote} from './promote.ts';
import type {DestinationReport, ImageReport, Report} from './report.ts';

export interface RunOptions {
  readonly dryRun: boolean;
  readonly overwrite: boolean;
  /** Whether signatures and other attachments travel with the image. */
  readonly referrers: boolean;
  readonly keepGoing: boolean;
  readonly allOrNothing: boolean;
  /** Blobs in flight at once; depends on their size where it is absent. */
  readonly concurrency?: number | undefined;
  /** What destinations must let happen before they are written to. */
  readonly admission?: Admission | undefined;
  readonly emit: PromotionListener;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A plan's way to its report: preflight, then, unless something stops it there or it is a dry run, copy and tag. Rejects
 * only when interrupted before anything was written, and for bugs.
 */
export async function runPromotion(plan: Plan, connection: Connection, options: RunOptions): Promise<Report> {
  const started = performance.now();
  announce(plan, options);
  const images = await preflight(plan, connection, options);
  const runs = images.map((image) =>
    image.destinations.map((preview) => new DestinationRun(image, preview, options.emit)),
  );
  const all = runs.flat();
  for (const run of all) endWithPreflight(run);
  const stop = stopReason(images, options.keepGoing);
  const ready = all.filter((run) => !run.ended);
  if (options.dryRun) {
    forecast(ready);
    for (const run of ready) run.end('would-promote');
  } else if (stop === undefined) {
    await prepare(ready, options);
    await promote(
      ready.filter((run) => !run.ended),
      options,
    );
  }
  for (const run of ready) run.end('skipped');
  const exitCode = exitCodeOf(all, stop, options.signal);
  return {
    ...headOf(plan, options.dryRun, exitCode),
    durationMs: Math.round(performance.now() - started),
    images: images.map((image, i) => imageReport(image, runs[i] ?? [])),
    error: stop === undefined ? null : errorReport(stop),
  };
}

/** The report of a plan that nobody was asked about. */
export function plannedReport(plan: Plan): Report {
  const none = {total: 0, existing: 0, mounted: 0, copied: 0};
  const images = plan.images.map(({label, source, destinations}): ImageReport => ({
    image: label,
    digest: null,
    mediaType: null,
    source: placeReport(source),
    destinations: destinations.map((place): DestinationReport => ({
      ...placeReport(place),
      status: 'planned',
      existingDigest: null,
      blobs: none,
      bytes: none,
      referrers: {total: 0, copied: 0},
      tags: (place.extraTags ?? []).map((tag) => ({tag, status: 'would-write', existingDigest: null})),
      durationMs: 0,
      error: null,
    })),
  }));
  return {...headOf(plan, true, exitCodes.success), durationMs: 0, images, error: null};
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

function announce(plan: Plan, {emit, dryRun}: RunOptions): void {
  const destinations = plan.images.flatMap(({label, destinations}) =>
    destinations.map(({label: environment, stage, reference}) => ({
      image: label,
      environment,
      stage,
      reference,
    })),
  );
  emit({kind: 'planned', dryRun, destinations});
}

function endWithPreflight(run: DestinationRun): void {
  const {state, error} = run.preview;
  switch (state) {
    case 'up-to-date':
    case 'skipped':
    case 'conflict':
    case 'failed':
      run.end(state, error);
      return;
    case 'ready':
      return;
  }
}

/** Why nothing is written, if so: a missing image, then what refuses, then conflicts. Only the first cannot be left out. */
function stopReason(images: readonly ImagePreview[], keepGoing: boolean): CorectlError | undefined {
  const unread = images.map(({error}) => error).filter((error) => error !== undefined);
  const destinations = images.flatMap((image) => image.destinations);
  const errors = (state: 'failed' | 'conflict') =>
    destinations.filter((one) => one.state === state).map(({error}) => error);
  const inOrder = [
    ...unread.filter(({exitCode}) => exitCode === exitCodes.imageNotFound),
    ...unread,
    ...(keepGoing ? [] : [...errors('failed'), ...errors('conflict')]),
  ];
  return inOrder.find((error) => error !== undefined);
}

function exitCodeOf(
  runs: readonly DestinationRun[],
  stop: CorectlError | undefined,
  signal: AbortSignal | undefined,
): ExitCode {
  if (stop !== undefined) return stop.exitCode;
  if (runs.every((run) => run.succeeded)) return exitCodes.success;
  return signal?.aborted === true ? exitCodes.interrupted : exitCodes.failed;
}

function headOf({tenant, fromStage}: Plan, dryRun: boolean, exitCode: ExitCode) {
  return {ok: exitCode === exitCodes.success, dryRun, tenant, fromStage, exitCode};
}

function imageReport({planned, graph}: ImagePreview, runs: readonly DestinationRun[]): ImageReport {
  return {
    image: planned.label,
    digest: graph?.root.descriptor.digest ?? null,
    mediaType: graph?.root.descriptor.mediaType ?? null,
    source: placeReport(planned.source),
    destinations: runs.map((run) => run.report()),
  };
}

function placeReport({environment, stage, reference}: Plan['images'][number]['source']) {
  return {environment: environment?.name ?? null, stage, reference};
}
