import {formatBytes} from './bytes.ts';
import {count} from './count.ts';
import {formatDuration} from './duration.ts';
import {leftOutLine} from './left-out.ts';
import {movements, statusWords} from './outcome.ts';
import {verdict} from './verdict.ts';
import {layoutPrefix} from '../oci/reference.ts';
import {printable} from '../printable.ts';
import type {DestinationReport, ErrorReport, ImageReport, Report} from '../promotion/report.ts';

/** The report of a promotion as text for stdout, the last line ended: a table for each image, then the verdict. */
export function renderReport(report: Report): string {
  const images = report.images.map((image) => imageSection(image, report.error).join('\n'));
  const error = report.error ? [errorLines(report.error, 'error').join('\n')] : [];
  const leftOut = report.images.flatMap((image) => image.leftOut);
  const told = leftOut.length === 0 ? [] : [leftOutLine(leftOut)];
  const end = report.images.length === 0 ? [] : [verdict(report)];
  return `${[...images, ...told, ...error, ...end].join('\n\n')}\n`;
}

function imageSection(
  {image, digest, source, destinations, policy}: ImageReport,
  told: ErrorReport | null,
): string[] {
  const rows = destinations.map(cells);
  const widths = columnWidths(rows);
  return [
    `${printable(image)} from ${printable(source.stage)} in ${printable(source.environment ?? hostOf(source.reference))}`,
    `  source ${printable(source.reference, 1000)}`,
    ...(digest === null ? [] : [`  digest ${digest}`]),
    ...(policy === null ? [] : [`  policy ${policyLine(policy)}`]),
    '',
    `  ${aligned(header, widths)}`,
    ...destinations.flatMap((destination, index) => [
      `  ${aligned(rows[index] ?? [], widths)}`,
      ...details(destination, told).map((line) => `    ${line}`),
    ]),
  ];
}

const header = ['ENVIRONMENT', 'STAGE', 'STATUS', 'BLOBS', 'SIZE', 'TIME'];

function cells(destination: DestinationReport): string[] {
  const {environments, stage, reference, status, bytes, durationMs} = destination;
  const known = status === 'promoted' || status === 'would-promote';
  return [
    printable(environments.join(', ') || hostOf(reference)),
    printable(stage),
    statusWords[status],
    known ? movements(destination).join(', ') : '',
    known ? formatBytes(bytes.total) : '',
    status === 'promoted' ? formatDuration(durationMs) : '',
  ];
}

/** What stands below a destination's row; an error that stopped the whole run is told once, at the end. */
function details(
  {reference, existingDigest, status, tags, record, error}: DestinationReport,
  told: ErrorReport | null,
): string[] {
  const replaced = existingDigest !== null && status !== 'up-to-date';
  const before = status === 'promoted' ? 'replaces' : status === 'would-promote' ? 'would replace' : 'holds';
  return [
    printable(reference, 1000),
    ...(replaced ? [`${before} ${existingDigest}`] : []),
    ...tags.map(tagLine),
    ...(record === null ? [] : [recordWords[record.status]].filter((line) => line !== '')),
    ...(error && error.message !== told?.message ? errorLines(error, status) : []),
  ];
}

/** What is demanded and shown, and what was not. */
function policyLine({override, results}: NonNullable<ImageReport['policy']>): string {
  const shown = results.filter(({passed}) => passed).length;
  const rules = count(results.length, 'rule');
  const outcome = shown === results.length ? `${rules} satisfied` : `${shown} of ${rules} satisfied`;
  return override === null ? outcome : `${outcome}, overridden: ${printable(override, 500)}`;
}

const recordWords: Readonly<Record<NonNullable<DestinationReport['record']>['status'], string>> = {
  written: 'recorded',
  'would-write': 'would be recorded',
  there: '',
  skipped: '',
};

const tagWords: Readonly<Record<DestinationReport['tags'][number]['status'], string>> = {
  written: 'also tagged',
  'would-write': 'would also be tagged',
  'up-to-date': 'is tagged already',
  kept: 'kept, as it points to a later version:',
  skipped: 'not tagged',
};

function tagLine({tag, status, existingDigest}: DestinationReport['tags'][number]): string {
  const moved = existingDigest !== null && (status === 'written' || status === 'would-write');
  return `${tagWords[status]} ${printable(tag)}${moved ? `, which was ${existingDigest}` : ''}`;
}

function errorLines({message, suggestions}: ErrorReport, label: string): string[] {
  return [
    `${label}: ${printable(message, 1000)}`,
    ...suggestions.map((next) => `→ ${printable(next, 1000)}`),
  ];
}

/** A column that no destination has anything for is 0 wide. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return header.map((title, column) => {
    const widest = Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
    return widest === 0 ? 0 : Math.max(title.length, widest);
  });
}

function aligned(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .filter((_, column) => (widths[column] ?? 0) > 0)
    .join('  ')
    .trimEnd();
}

/** What stands for an environment where a registry or a folder was given instead. */
const hostOf = (reference: string): string =>
  reference.startsWith(layoutPrefix) ? 'OCI layout' : reference.replace(/\/.*/s, '');
