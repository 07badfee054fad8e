import {environmentsOf, type ImagePlace} from '../access/place.ts';
import {errorReport, exitCodes, type ExitCode} from '../errors.ts';
import {ruleReport, type Judgement} from './judgement.ts';
import type {Plan} from './planning/plan.ts';
import type {ImagePreview} from './preflight.ts';
import type {DestinationReport, ImageReport, Report} from './report.ts';
import type {RunResult} from './run.ts';

/** The --json document of a plan that was carried out. */
export function reportOf(
  plan: Plan,
  dryRun: boolean,
  {images, stop, judgement, exitCode, durationMs}: RunResult,
): Report {
  return {
    ...headOf(plan, dryRun, exitCode),
    durationMs,
    images: images.map(({preview, preview: {planned, found}, runs}): ImageReport => ({
      image: planned.label,
      digest: found?.graph.root.descriptor.digest ?? null,
      mediaType: found?.graph.root.descriptor.mediaType ?? null,
      source: placeReport(planned.source),
      destinations: runs.map((run) => run.report()),
      policy: policyReport(judgement, preview),
      leftOut: [...plan.leftOut],
    })),
    error: stop === undefined ? null : errorReport(stop),
  };
}

/** The --json document of a plan before any registry is asked (--offline). */
export function plannedReport(plan: Plan): Report {
  const none = {total: 0, existing: 0, mounted: 0, copied: 0};
  const images = plan.images.map(({label, source, destinations}): ImageReport => ({
    image: label,
    digest: null,
    mediaType: null,
    source: placeReport(source),
    destinations: destinations.map((place): DestinationReport => ({
      ...placeReport(place),
      environments: environmentsOf(place).map(({name}) => name),
      status: 'planned',
      existingDigest: null,
      contentVerified: false,
      blobs: none,
      bytes: none,
      referrers: {total: 0, copied: 0},
      record: null,
      tags: (place.extraTags ?? []).map((tag) => ({tag, status: 'would-write', existingDigest: null})),
      durationMs: 0,
      error: null,
    })),
    policy: null,
    leftOut: [...plan.leftOut],
  }));
  return {...headOf(plan, true, exitCodes.success), durationMs: 0, images, error: null};
}

/** The --json document of a plan without images: a shard may get none. */
export function nothingToDo(plan: Plan, dryRun: boolean): Report {
  return {...headOf(plan, dryRun, exitCodes.success), durationMs: 0, images: [], error: null};
}

/** What was found of an image, rule by rule; null where nothing was judged. */
export function policyReport(judgement: Judgement | undefined, preview: ImagePreview): ImageReport['policy'] {
  const results = judgement?.verdicts.get(preview) ?? [];
  if (results.length === 0) return null;
  return {override: judgement?.override ?? null, results: results.map(ruleReport)};
}

function headOf({tenant, fromStage}: Plan, dryRun: boolean, exitCode: ExitCode) {
  return {ok: exitCode === exitCodes.success, dryRun, tenant, fromStage, exitCode};
}

function placeReport({environment, stage, reference}: ImagePlace) {
  return {environment: environment?.name ?? null, stage: stage ?? '', reference};
}
