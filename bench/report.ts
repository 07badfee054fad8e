import {cpus} from 'node:os';
import type {Figures, Outcome} from './contest.ts';

/** What the JSON file holds, and what the table is made from. */
export interface Report {
  readonly node: string;
  readonly processor: string;
  readonly processors: number;
  readonly rounds: number;
  readonly sizeBytes: number;
  readonly outcomes: readonly Outcome[];
}

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

/** A table in Markdown: medians, ratios, bytes read from the source, peak memory, and what falls short. */
export function tableOf({node, processor, processors, rounds, sizeBytes, outcomes}: Report): string {
  const rows = [
    [
      'scenario',
      'corectl',
      'peer',
      'ratio',
      'target',
      'source read (corectl, peer)',
      'peak memory (corectl, peer)',
      'falls short',
    ],
    ...outcomes.map(row),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const lines = rows.map(
    (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const where = `${processors} × ${processor}, Node ${node}, ${rounds} rounds, large image ${megabytes(sizeBytes)}; medians`;
  return [where, '', lines[0], rule, ...lines.slice(1), ''].join('\n');
}

function row({title, ours, peer, ratio, target, shortfalls}: Outcome): string[] {
  return [
    title,
    time(ours),
    peer === undefined ? '–' : `${peer.label}: ${time(peer)}`,
    ratio?.toFixed(2) ?? '–',
    Number.isFinite(target) ? `≤ ${target}` : '–',
    pair(ours.sourceBytes, peer?.sourceBytes),
    pair(ours.peakBytes, peer?.peakBytes),
    shortfalls.join('; ') || 'nothing',
  ];
}

function time({milliseconds}: Figures): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function pair(ours: number | undefined, peer: number | undefined): string {
  return [ours, peer].map((bytes) => (bytes === undefined ? '–' : megabytes(bytes))).join(', ');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}
