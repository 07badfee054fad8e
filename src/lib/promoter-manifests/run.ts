import {errorReport} from '../errors.ts';
import {exitCodes, type CorectlError, type ExitCode} from '../errors.ts';
import {formatReference} from '../oci/reference.ts';
import type {Connection} from '../access/connection.ts';
import type {PromotionListener} from '../promotion/events.ts';
import {copyEdges, imageLabel, placeOf, type Copied} from './copy.ts';
import type {Edge} from './edges.ts';
import type {EdgeReport, ManifestReport} from './report.ts';
import {destinationOf, survey, type Surveyed} from './survey.ts';

export interface ManifestRunOptions {
  /** What the report says was read. */
  readonly manifests: readonly string[];
  /** Whether anything may be written. */
  readonly confirm: boolean;
  /** Whether signatures and other attachments travel with the images. */
  readonly referrers: boolean;
  /** Blobs in flight at once; depends on their size where it is absent. */
  readonly concurrency?: number | undefined;
  readonly emit: PromotionListener;
  readonly signal?: AbortSignal | undefined;
}

/**
 * From what the manifests promote to the report: asks what is there, and copies what is not. A tag that stands with another
 * digest stops everything before the first copy; what is missing or fails stops nothing else. Rejects only when
 * interrupted before anything was written, and for bugs.
 */
export async function runManifests(
  edges: readonly Edge[],
  connection: Connection,
  options: ManifestRunOptions,
): Promise<ManifestReport> {
  const started = performance.now();
  const surveyed = await survey(edges, connection);
  const conflict = surveyed.map(({finding}) => finding).find((finding) => finding.kind === 'conflict');
  const wanted = surveyed.filter(({finding}) => finding.kind === 'copy' || finding.kind === 'tag');
  announce(wanted, options);
  const stopped = conflict !== undefined && options.confirm;
  const copied = stopped ? new Map<Edge, Copied>() : await copyEdges(wanted, connection, options);
  const reports = surveyed.map((one) => edgeReport(one, copied.get(one.edge)));
  const exitCode = exitCodeOf(reports, [...copied.values()], options.signal);
  return {
    ok: exitCode === exitCodes.success,
    dryRun: !options.confirm,
    exitCode,
    durationMs: Math.round(performance.now() - started),
    manifests: [...options.manifests],
    edges: reports,
    error: conflict === undefined ? null : errorReport(conflict.error),
  };
}

function announce(wanted: readonly Surveyed[], {emit, confirm}: ManifestRunOptions): void {
  const destinations = wanted.map((one) => {
    const {label, stage, reference} = placeOf(one.edge);
    return {image: imageLabel(one.edge), environment: label, stage, reference};
  });
  if (destinations.length > 0) emit({kind: 'planned', dryRun: !confirm, destinations});
}

function edgeReport({edge, finding}: Surveyed, copied: Copied | undefined): EdgeReport {
  const source = finding.kind === 'copy' ? finding.from : (edge.sources[0] ?? edge.destination);
  const base = {
    image: edge.image,
    digest: edge.digest,
    tag: edge.tag ?? null,
    source: formatReference(source.repository, edge.digest),
    destination: destinationOf(edge),
    existingDigest: null,
    copiedBytes: 0,
    mountedBytes: 0,
    error: null,
  };
  switch (finding.kind) {
    case 'present':
      return {...base, status: 'up-to-date'};
    case 'missing':
    case 'failed':
      return {...base, status: finding.kind, error: errorReport(finding.error)};
    case 'conflict':
      return {
        ...base,
        status: 'conflict',
        existingDigest: finding.existing,
        error: errorReport(finding.error),
      };
    case 'copy':
    case 'tag':
      return {...base, ...(copied === undefined ? {status: 'skipped' as const} : outcome(copied))};
  }
}

function outcome({
  status,
  existingDigest,
  copiedBytes,
  mountedBytes,
  error,
}: Copied): Partial<EdgeReport> & Pick<EdgeReport, 'status'> {
  return {
    status,
    existingDigest,
    copiedBytes,
    mountedBytes,
    error: error === undefined ? null : errorReport(error),
  };
}

/** The gravest of all outcomes; 5 is for registries that refused before anything was written. */
function exitCodeOf(
  reports: readonly EdgeReport[],
  copied: readonly {readonly error?: CorectlError | undefined}[],
  signal: AbortSignal | undefined,
): ExitCode {
  const any = (...statuses: EdgeReport['status'][]) => reports.some(({status}) => statuses.includes(status));
  if (any('conflict')) return exitCodes.conflict;
  if (signal?.aborted === true && any('skipped', 'failed')) return exitCodes.interrupted;
  if (any('missing')) return exitCodes.imageNotFound;
  if (!any('failed', 'skipped')) return exitCodes.success;
  const whileWriting = copied.some(({error}) => error?.exitCode === exitCodes.failed);
  return whileWriting || any('promoted') ? exitCodes.failed : exitCodes.unreachable;
}
