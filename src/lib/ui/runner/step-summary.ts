import {formatBytes} from '../bytes.ts';
import {causesOf, placesText, type Cause} from '../causes.ts';
import {formatDuration} from '../duration.ts';
import {movements, statusWords} from '../outcome.ts';
import {environmentNames} from '../place-name.ts';
import {shardLines} from '../shard-line.ts';
import {verdict} from '../verdict.ts';
import {printable} from '../../printable.ts';
import type {DestinationReport, ImageReport, Report} from '../../promotion/report.ts';

/** Rows of a table: a summary may have 1 MiB (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands); a row has less than 1 KiB. */
export const rowLimit = 500;

/**
 * The report of a promotion as Markdown, for the page of a workflow's run: what came of it, each image in each
 * environment, and what to do about what failed.
 */
export function stepSummary(report: Report): string {
  const {tenant, fromStage, dryRun, images} = report;
  const whose = tenant === null ? '' : ` of ${cell(tenant)}`;
  const rows = images.flatMap((image) => image.destinations.map((destination) => row(image, destination)));
  const more = rows.length - rowLimit;
  return [
    `### Promotion${whose} from ${cell(fromStage)}${dryRun ? ' (dry run)' : ''}`,
    ...shardLines(report).flatMap((line) => ['', cell(line)]),
    ...(images.length === 0 ? [] : ['', cell(verdict(report))]),
    ...(rows.length === 0 ? [] : ['', ...head, ...rows.slice(0, rowLimit)]),
    ...(more > 0 ? ['', `and ${more} more, which are in the report`] : []),
    ...leftOut(images),
    ...causesOf(report).flatMap(causeLines),
    '',
  ].join('\n');
}

const head = [
  '| image | digest | environment | stage | outcome | bytes | time |',
  '| --- | --- | --- | --- | --- | ---: | ---: |',
];

const icons: Readonly<Record<DestinationReport['status'], string>> = {
  promoted: '✅',
  'up-to-date': '✅',
  'would-promote': '➡️',
  planned: '➡️',
  skipped: '⏹️',
  conflict: '❌',
  failed: '❌',
};

function row({image, digest}: ImageReport, destination: DestinationReport): string {
  const {stage, status, bytes, durationMs} = destination;
  const known = status === 'promoted' || status === 'would-promote';
  const moved = known ? movements(destination).join(', ') : '';
  const cells = [
    cell(image),
    digest === null ? '' : `\`${cell(digest)}\``,
    cell(environmentNames(destination)),
    cell(stage),
    `${icons[status]} ${statusWords[status]}${moved === '' ? '' : `, ${cell(moved)}`}`,
    known ? formatBytes(bytes.total) : '',
    status === 'promoted' ? formatDuration(durationMs) : '',
  ];
  return `| ${cells.join(' | ')} |`;
}

function leftOut(images: readonly ImageReport[]): string[] {
  const lines = images
    .flatMap((image) => image.leftOut)
    .map(({environment, stage, reason}) => `- ${cell(`${environment} (${stage}): ${reason}`)}`);
  return lines.length === 0 ? [] : ['', '#### Left out', '', ...new Set(lines)];
}

/** Why something failed, and what to do about it. */
export function causeLines({code, message, suggestions, places}: Cause): string[] {
  return [
    '',
    `#### ${cell(code)}`,
    '',
    cell(message),
    ...(places.length === 0 ? [] : ['', `At ${cell(placesText(places))}.`]),
    ...(suggestions.length === 0 ? [] : ['', ...suggestions.map((next) => `- ${cell(next)}`)]),
  ];
}

/** Text from registries and repositories must not become a link, an image, a heading or a cell of its own. */
export const cell = (text: string): string =>
  printable(text, 1000).replace(/[\\`*_~[\]<>|!&@#]/g, (character) => `&#${character.charCodeAt(0)};`);
