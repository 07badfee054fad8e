import {formatBytes} from './bytes.ts';
import {count} from './count.ts';
import {formatDuration} from './duration.ts';
import {renderTable} from './tables.ts';
import {printable} from '../printable.ts';
import type {EdgeReport, EdgeStatus, ManifestReport} from '../promoter-manifests/report.ts';

/**
 * The report of promoter manifests as text for stdout, the last line ended: what was or would be done, then what was not,
 * then the verdict. What is up to date is counted only.
 */
export function renderManifestReport(
  report: ManifestReport,
  {width}: {width?: number | undefined} = {},
): string {
  const told = report.edges.filter(({status}) => status !== 'up-to-date');
  const rows = told.map(({image, digest, destination, status}) => [
    words[status],
    image,
    short(digest),
    destination,
  ]);
  const table =
    rows.length === 0 ? '' : `${renderTable(['STATUS', 'IMAGE', 'DIGEST', 'TO'], rows, {width})}\n`;
  return `${table}${errorsOf(told)}${verdict(report)}\n`;
}

const words: Readonly<Record<EdgeStatus, string>> = {
  promoted: 'promoted',
  'up-to-date': 'up to date',
  'would-promote': 'would promote',
  missing: 'missing',
  conflict: 'conflict',
  failed: 'failed',
  skipped: 'not done',
};

const short = (digest: string): string => digest.slice(0, 19);

/** Each error once: a registry that refuses does so for all of its images. */
function errorsOf(edges: readonly EdgeReport[]): string {
  const errors = new Map(
    edges
      .map(({error}) => error)
      .flatMap((error) => (error === null ? [] : [[error.message, error] as const])),
  );
  const lines = [...errors.values()].flatMap(({message, suggestions}) => [
    `error: ${printable(message, 1000)}`,
    ...suggestions.map((next) => `  → ${printable(next, 1000)}`),
  ]);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
}

function verdict({edges, dryRun, durationMs, error}: ManifestReport): string {
  const order: EdgeStatus[] = [
    'promoted',
    'would-promote',
    'up-to-date',
    'missing',
    'conflict',
    'failed',
    'skipped',
  ];
  const counted = order
    .map((status) => ({status, number: edges.filter((one) => one.status === status).length}))
    .filter(({number}) => number > 0)
    .map(({status, number}, index) => `${index === 0 ? count(number, 'edge') : number} ${words[status]}`);
  const copied = edges.reduce((sum, one) => sum + one.copiedBytes, 0);
  const mounted = edges.reduce((sum, one) => sum + one.mountedBytes, 0);
  const bytes = `${formatBytes(copied)} ${dryRun ? 'to copy' : 'copied'}${mounted > 0 ? `, ${formatBytes(mounted)} ${dryRun ? 'to mount' : 'mounted'}` : ''}`;
  const nothing = edges.every(({status}) => status === 'up-to-date');
  return [
    nothing ? 'Nothing to do:' : dryRun ? 'Dry run, nothing was written:' : '',
    `${counted.join(', ') || 'the manifests promote nothing'}${dryRun ? '' : ` in ${formatDuration(durationMs)}`}.`,
    copied + mounted > 0 ? `${bytes}.` : '',
    edges.some(({status}) => status === 'would-promote') ? '--confirm does it.' : '',
    error !== null && !dryRun ? 'Nothing was written.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}
