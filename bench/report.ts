import {cpus} from 'node:os';
import {fastest, type Figures, type Goal} from './contest.ts';
import type {Comparison, Outcome} from './outcome.ts';

/** What the JSON file holds, and what the table is made from. */
export interface Report {
  readonly node: string;
  readonly processor: string;
  readonly processors: number;
  readonly rounds: number;
  readonly sizeBytes: number;
  readonly outcomes: readonly Outcome[];
}

const head = [
  'scenario',
  'corectl',
  'peer',
  'ratio',
  'goal',
  'processor time (corectl, peer)',
  'source read (corectl, peer)',
  'peak memory (corectl, peer)',
];

/** What was measured, and on which machine. */
export function reportOf(outcomes: readonly Outcome[], settings: {rounds: number; size: number}): Report {
  const processors = cpus();
  return {
    node: process.version,
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    rounds: settings.rounds,
    sizeBytes: settings.size,
    outcomes,
  };
}

/** A table in Markdown with a row for each peer, then what falls short, then the notes. */
export function textOf({node, processor, processors, rounds, sizeBytes, outcomes}: Report): string {
  const where = `${processors} × ${processor}, Node ${node}, ${rounds} rounds, large image ${megabytes(sizeBytes)}; medians`;
  const shortfalls = listed(outcomes, ({shortfalls}) => shortfalls);
  const notes = listed(outcomes, ({notes}) => notes);
  return [
    where,
    '',
    ...table([head, ...outcomes.flatMap(rows)]),
    '',
    ...(shortfalls.length === 0 ? ['Nothing falls short.'] : ['What falls short:', '', ...shortfalls]),
    '',
    ...(notes.length === 0 ? [] : ['Notes:', '', ...notes, '']),
  ].join('\n');
}

function table(cells: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const [first = '', ...others] = cells.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [first, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...others];
}

function rows({title, ours, comparisons}: Outcome): string[][] {
  if (comparisons.length === 0) return [row(title, ours)];
  return comparisons.map((comparison, at) => row(at === 0 ? title : '', ours, comparison));
}

function row(title: string, ours: Figures, comparison?: Comparison): string[] {
  const {peer, ratio, goals = []} = comparison ?? {};
  return [
    title,
    title === '' ? '' : time(ours),
    peer === undefined ? '–' : `${peer.label}: ${time(peer)}`,
    ratio?.toFixed(2) ?? '–',
    goals.map(wanted).join(', ') || '–',
    [ours, peer].map(processorTime).join(', '),
    pair(ours.sourceBytes, peer?.sourceBytes),
    // a program may be over before it was looked at
    pair(ours.peakBytes || undefined, (peer?.peakBytes ?? 0) || undefined),
  ];
}

function wanted(goal: Goal): string {
  const what = goal.in === 'time' ? '' : `${goal.in} `;
  const whom = goal.of === fastest ? ' (the fastest)' : '';
  return `${what}≤ ${goal.atMost}${whom}`;
}

function listed(outcomes: readonly Outcome[], lines: (outcome: Outcome) => readonly string[]): string[] {
  return outcomes.flatMap((outcome) => lines(outcome).map((line) => `- ${outcome.title}: ${line}`));
}

function time({milliseconds}: Figures): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

const processorTime = (figures: Figures | undefined): string =>
  figures === undefined || figures.processorMs === 0 ? '–' : `${(figures.processorMs / 1000).toFixed(2)} s`;

function pair(ours: number | undefined, peer: number | undefined): string {
  return [ours, peer].map((bytes) => (bytes === undefined ? '–' : megabytes(bytes))).join(', ');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}
