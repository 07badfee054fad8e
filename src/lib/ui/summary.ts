import {formatBytes} from './bytes.ts';
import {causesOf, placesText, type Cause} from './causes.ts';
import {noColours, type Colours} from './colours.ts';
import {count} from './count.ts';
import {formatDuration} from './duration.ts';
import {renderFailure} from './error-text.ts';
import {leftOutLine} from './left-out.ts';
import {movements, statusWords} from './outcome.ts';
import {environmentNames, hostOf} from './place-name.ts';
import {shardLines} from './shard-line.ts';
import {verdict} from './verdict.ts';
import {printable} from '../printable.ts';
import type {DestinationReport, ImageReport, Report} from '../promotion/report.ts';

/** More destinations than these have a line each where all went well: what matters is what did not. */
const briefAbove = 10;

/**
 * The report of a promotion as text for stdout, the last line ended: a table for each image, then what went wrong, each
 * cause once, then the verdict.
 */
export function renderReport(report: Report, colours = noColours): string {
  const isBrief = report.images.flatMap(({destinations}) => destinations).length > briefAbove;
  const images = report.images.map((image) => imageSection(image, {colours, isBrief}).join('\n'));
  const causes = causesOf(report).map((cause) => causeText(cause, colours));
  const leftOut = report.images.flatMap((image) => image.leftOut);
  const told = leftOut.length === 0 ? [] : [leftOutLine(leftOut)];
  const end = report.images.length === 0 ? [] : [verdict(report)];
  return `${[...images, ...told, ...causes, ...shardLines(report), ...end].join('\n\n')}\n`;
}

interface Manner {
  readonly colours: Colours;
  readonly isBrief: boolean;
}

function imageSection({image, digest, source, destinations, policy}: ImageReport, manner: Manner): string[] {
  const {colours} = manner;
  const rows = destinations.map(cells);
  const widths = columnWidths(rows);
  return [
    `${printable(image)} from ${printable(source.stage)} in ${printable(source.environment ?? hostOf(source.reference))}`,
    `  source ${printable(source.reference, 1000)}`,
    ...(digest === null ? [] : [`  digest ${digest}`]),
    ...(policy === null ? [] : [`  policy ${policyLine(policy)}`]),
    '',
    `  ${colours.strong(aligned(header, widths))}`,
    ...destinations.flatMap((destination, index) => [
      `  ${coloured(aligned(rows[index] ?? [], widths), destination, colours)}`,
      ...details(destination, manner).map((line) => `    ${line}`),
    ]),
  ];
}

const header = ['ENVIRONMENT', 'STAGE', 'STATUS', 'BLOBS', 'SIZE', 'TIME'];

function cells(destination: DestinationReport): string[] {
  const {stage, status, bytes, durationMs} = destination;
  const known = status === 'promoted' || status === 'would-promote';
  return [
    environmentNames(destination),
    printable(stage),
    statusWords[status],
    known ? movements(destination).join(', ') : '',
    known ? formatBytes(bytes.total) : '',
    status === 'promoted' ? formatDuration(durationMs) : '',
  ];
}

/** The status is coloured where it stands, after the columns have been measured. */
function coloured(row: string, {status}: DestinationReport, colours: Colours): string {
  const word = statusWords[status];
  const at = row.lastIndexOf(`  ${word}`);
  if (at === -1) return row;
  return `${row.slice(0, at)}  ${colours[statusColours[status]](word)}${row.slice(at + 2 + word.length)}`;
}

const statusColours: Readonly<Record<DestinationReport['status'], keyof Colours>> = {
  promoted: 'good',
  'up-to-date': 'good',
  conflict: 'bad',
  failed: 'bad',
  skipped: 'middling',
  'would-promote': 'busy',
  planned: 'busy',
};

/** What stands below a destination's row; why it failed is told at the end. */
function details(
  {reference, existingDigest, status, tags, record}: DestinationReport,
  {isBrief}: Manner,
): string[] {
  const isWell = status === 'promoted' || status === 'up-to-date' || status === 'would-promote';
  const replaced = existingDigest !== null && status !== 'up-to-date';
  const before = status === 'promoted' ? 'replaces' : status === 'would-promote' ? 'would replace' : 'holds';
  const places = isBrief && isWell ? [] : [printable(reference, 1000)];
  const all = isBrief && status === 'promoted' ? [] : tags.map(tagLine);
  const recorded = isBrief || record === null ? '' : recordWords[record.status];
  return [
    ...places,
    ...(replaced ? [`${before} ${existingDigest}`] : []),
    ...all,
    ...(recorded === '' ? [] : [recorded]),
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

/** A failure as lines, with the places that it struck below the message. */
export function causeText(cause: Cause, colours: Colours): string {
  const [first = '', ...next] = renderFailure(cause, colours).trimEnd().split('\n');
  const at = cause.places.length === 0 ? [] : [`  at ${placesText(cause.places)}`];
  return [first, ...at, ...next].join('\n');
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
