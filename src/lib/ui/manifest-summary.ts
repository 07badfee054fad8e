import {formatBytes} from './bytes.ts';
import {count} from './count.ts';
import {formatDuration} from './duration.ts';
import {shardLines} from './shard-line.ts';
import {causeText} from './summary.ts';
import {noColours, type Colours} from './colours.ts';
import {manifestCauses} from './manifest-causes.ts';
import {renderTable} from './tables.ts';
import type {EdgeReport, EdgeStatus, ManifestReport} from '../promoter-manifests/report.ts';

/**
 * The report of promoter manifests as text for stdout, the last line ended: what was or would be done, then what was not,
 * then the verdict. What is up to date is counted only, and many edges of one registry are one line.
 */
export function renderManifestReport(
  report: ManifestReport,
  {width, colours = noColours}: {width?: number | undefined; colours?: Colours} = {},
): string {
  const told = report.edges.filter(({status}) => status !== 'up-to-date');
  const rows = groupsOf(told).flatMap(rowsOf);
  const table =
    rows.length === 0 ? '' : `${renderTable(['STATUS', 'IMAGE', 'DIGEST', 'TO'], rows, {width})}\n`;
  const causes = manifestCauses(report);
  const more = causes.length - linesUpTo;
  const errors = [
    ...(more > 0 ? [`${count(more, 'other error')}, which --json has`] : []),
    ...causes.slice(-linesUpTo).map((cause) => causeText(cause, colours)),
  ];
  const end = [...shardLines(report, 'edge'), manifestVerdict(report)].join('\n');
  return `${table}${[...errors, end].join('\n\n')}\n`;
}

/** Edges of one registry that came to the same and have a line each, at most; all of them are in --json. */
const linesUpTo = 50;

/** Edges that came to the same in one registry, in the order of the first of each. */
function groupsOf(edges: readonly EdgeReport[]): [EdgeReport, ...EdgeReport[]][] {
  const groups = new Map<string, [EdgeReport, ...EdgeReport[]]>();
  for (const edge of edges) {
    const key = `${edge.status} ${registryOf(edge)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [edge]);
    else group.push(edge);
  }
  return [...groups.values()];
}

function rowsOf(group: [EdgeReport, ...EdgeReport[]]): string[][] {
  const [first] = group;
  if (group.length > linesUpTo)
    return [[edgeWords[first.status], count(group.length, 'edge'), '', registryOf(first)]];
  return group.map(({image, digest, destination, status}) => [
    edgeWords[status],
    image,
    short(digest),
    destination,
  ]);
}

/** What stands before the image in its reference. */
function registryOf({destination, image}: EdgeReport): string {
  const end = destination.lastIndexOf(`/${image}`);
  return end === -1 ? destination : destination.slice(0, end);
}

/** How an edge's outcome is said. */
export const edgeWords: Readonly<Record<EdgeStatus, string>> = {
  promoted: 'promoted',
  'up-to-date': 'up to date',
  'would-promote': 'would promote',
  missing: 'missing',
  conflict: 'conflict',
  failed: 'failed',
  skipped: 'not done',
};

const short = (digest: string): string => digest.slice(0, 19);

/** The outcome in a sentence or two, as the last thing that is read. */
export function manifestVerdict(report: ManifestReport): string {
  const {edges, dryRun, durationMs, error} = report;
  const written = edges.some(({status}) => status === 'promoted');
  const nothing = edges.every(({status}) => status === 'up-to-date');
  return [
    nothing ? 'Nothing to do:' : dryRun ? 'Dry run, nothing was written:' : '',
    `${counted(report)}${dryRun ? '' : ` in ${formatDuration(durationMs)}`}.`,
    bytesMoved(report),
    edges.some(({status}) => status === 'would-promote') ? '--confirm does it.' : '',
    // one shard of several may have stopped, and of one without a report nobody knows
    error !== null && error.code !== 'missing-shard' && !dryRun && !written ? 'Nothing was written.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** In the order in which they are counted. */
const statuses: readonly EdgeStatus[] = [
  'promoted',
  'would-promote',
  'up-to-date',
  'missing',
  'conflict',
  'failed',
  'skipped',
];

/** `3 edges promoted, 2 up to date` */
function counted({edges, shard}: ManifestReport): string {
  const parts = statuses
    .map((status) => ({status, number: edges.filter((one) => one.status === status).length}))
    .filter(({number}) => number > 0)
    .map(({status, number}, index) => `${index === 0 ? count(number, 'edge') : number} ${edgeWords[status]}`);
  if (parts.length > 0) return parts.join(', ');
  return shard === undefined ? 'the manifests promote nothing' : "no edge is this shard's";
}

function bytesMoved({edges, dryRun}: ManifestReport): string {
  const copied = edges.reduce((sum, one) => sum + one.copiedBytes, 0);
  const mounted = edges.reduce((sum, one) => sum + one.mountedBytes, 0);
  if (copied + mounted === 0) return '';
  const mounts = mounted > 0 ? `, ${formatBytes(mounted)} ${dryRun ? 'to mount' : 'mounted'}` : '';
  return `${formatBytes(copied)} ${dryRun ? 'to copy' : 'copied'}${mounts}.`;
}
