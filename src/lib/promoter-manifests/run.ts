import type {Connection} from '../access/connection.ts';
import {errorReport, exitCodes, type CorectlError} from '../errors.ts';
import {formatReference} from '../oci/reference.ts';
import type {DestinationRun} from '../promotion/destination-run.ts';
import {policyReport} from '../promotion/report-of-run.ts';
import {runPlan, type RunOptions, type RunResult} from '../promotion/run.ts';
import type {Edge} from './edges.ts';
import {planEdges} from './plan.ts';
import type {EdgeReport, ManifestReport} from './report.ts';

export interface ManifestRunOptions extends Omit<
  RunOptions,
  'dryRun' | 'onTrouble' | 'overwrite' | 'allOrNothing'
> {
  /** What the report says was read. */
  readonly manifests: readonly string[];
  /** Whether anything may be written. */
  readonly confirm: boolean;
}

/**
 * From what the manifests promote to the report, by the runner of all promotions. A tag that stands with another digest is
 * never moved and stops everything before the first copy; what is missing or fails stops nothing else. Rejects for bugs only.
 */
export async function runManifests(
  edges: readonly Edge[],
  connection: Connection,
  {manifests, confirm, ...options}: ManifestRunOptions,
): Promise<ManifestReport> {
  const {plan, edges: byDestination} = planEdges(edges);
  const result = await runPlan(plan, connection, {
    ...options,
    dryRun: !confirm,
    onTrouble: 'tell',
    overwrite: false,
    allOrNothing: false,
  });
  const {judgement, exitCode, durationMs} = result;
  const runs = result.images.flatMap((image) => image.runs);
  const runOf = new Map(runs.map((run) => [byDestination.get(run.preview.place), run]));
  return {
    ok: exitCode === exitCodes.success,
    dryRun: !confirm,
    exitCode,
    durationMs,
    manifests: [...manifests],
    edges: edges.flatMap((edge) => {
      const run = runOf.get(edge);
      return run === undefined ? [] : [edgeReport({edge, run, judgement})];
    }),
    problems: [],
    error: stopReport(result.stop, runOf),
  };
}

/** Why nothing was written, if so: by the edge that stopped it all, where one did. */
function stopReport(
  stop: CorectlError | undefined,
  runOf: ReadonlyMap<Edge | undefined, DestinationRun>,
): ManifestReport['error'] {
  if (stop === undefined) return null;
  const [edge] = [...runOf].find(([, {error}]) => error === stop) ?? [];
  return errorReport(edge === undefined ? stop : toldBy(edge, stop));
}

interface EdgeRun extends Pick<RunResult, 'judgement'> {
  readonly edge: Edge;
  readonly run: DestinationRun;
}

function edgeReport({edge, run, judgement}: EdgeRun): EdgeReport {
  const {status, existingDigest, bytes, record, durationMs} = run.report();
  const isMissing = run.error?.exitCode === exitCodes.imageNotFound;
  const {place} = run.preview.image ?? {place: edge.sources[0]};
  return {
    image: edge.image,
    digest: edge.digest,
    tag: edge.tag ?? null,
    source: formatReference(place.repository, edge.digest),
    destination: destinationOf(edge),
    status: isMissing ? 'missing' : status === 'planned' ? 'skipped' : status,
    existingDigest: status === 'conflict' ? existingDigest : null,
    copiedBytes: bytes.copied,
    mountedBytes: bytes.mounted,
    policy: policyReport(judgement, run.image),
    ...{record, durationMs},
    error: run.error === undefined ? null : errorReport(toldBy(edge, run.error)),
  };
}

/** Where an edge leads: `HOST/REPOSITORY:TAG`, or its digest. */
const destinationOf = ({destination, digest, tag}: Edge): string =>
  formatReference(destination.repository, tag ?? digest);

/** What is the matter with an edge, by the line of the manifest that names it where that line is to be mended. */
function toldBy(edge: Edge, error: CorectlError): CorectlError {
  const where = `${edge.origin.file}:${edge.origin.line}`;
  if (error.code === 'image-not-found') {
    const sources = edge.sources.map(({repository}) => formatReference(repository, edge.digest));
    return error.with({
      message: `${where}: ${edge.image} is neither in the source as ${sources.join(' or ')} nor at ${destinationOf(edge)}`,
      suggestions: [
        'push it to the source, or take it out of the manifest',
        'a registry may also hide what this identity may not read',
      ],
    });
  }
  if (error.code !== 'conflict') return error;
  return error.with({
    message: `${where}: ${error.message}`,
    suggestions: ['promote under a new tag: manifests move none that stand'],
  });
}
