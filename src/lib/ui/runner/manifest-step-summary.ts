import {formatBytes} from '../bytes.ts';
import {count} from '../count.ts';
import {formatDuration} from '../duration.ts';
import {causeLines, cell, rowLimit} from './step-summary.ts';
import {manifestCauses} from '../manifest-causes.ts';
import {edgeWords, manifestVerdict} from '../manifest-summary.ts';
import type {EdgeReport, EdgeStatus, ManifestReport} from '../../promoter-manifests/report.ts';

/**
 * The report of promoter manifests as Markdown, for the page of a workflow's run: what came of it, each edge that is not as
 * it was, and what to do about what failed.
 */
export function manifestStepSummary(report: ManifestReport): string {
  const {dryRun, edges, problems} = report;
  const told = edges.filter(({status}) => status !== 'up-to-date');
  const more = told.length - rowLimit;
  return [
    `### Promoter manifests${dryRun ? ' (dry run)' : ''}`,
    ...(edges.length === 0 ? [] : ['', cell(manifestVerdict(report))]),
    ...(told.length === 0 ? [] : ['', ...head, ...told.slice(0, rowLimit).map(row)]),
    ...(more > 0 ? ['', `and ${count(more, 'other edge')}, which the report has`] : []),
    ...problems
      .slice(0, rowLimit)
      .flatMap(({file, line, message}) => ['', cell(`${file}:${line}: ${message}`)]),
    ...manifestCauses(report).flatMap(causeLines),
    '',
  ].join('\n');
}

const head = ['| image | digest | to | outcome | bytes | time |', '| --- | --- | --- | --- | ---: | ---: |'];

const icons: Readonly<Record<EdgeStatus, string>> = {
  promoted: '✅',
  'up-to-date': '✅',
  'would-promote': '➡️',
  skipped: '⏹️',
  missing: '❌',
  conflict: '❌',
  failed: '❌',
};

function row({
  image,
  digest,
  destination,
  status,
  copiedBytes,
  mountedBytes,
  durationMs,
}: EdgeReport): string {
  const moved = status === 'promoted' || status === 'would-promote';
  const cells = [
    cell(image),
    `\`${cell(digest)}\``,
    cell(destination),
    `${icons[status]} ${edgeWords[status]}`,
    moved ? formatBytes(copiedBytes + mountedBytes) : '',
    status === 'promoted' ? formatDuration(durationMs) : '',
  ];
  return `| ${cells.join(' | ')} |`;
}
