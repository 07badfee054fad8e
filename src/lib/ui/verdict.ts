import {formatBytes} from './bytes.ts';
import {count} from './count.ts';
import {formatDuration} from './duration.ts';
import {exitCodes} from '../errors.ts';
import type {DestinationReport, DestinationStatus, Report} from '../promotion/report.ts';

/** The outcome of a promotion in a sentence or two, as the last thing that is read. */
export function verdict(report: Report): string {
  const destinations = report.images.flatMap((image) => image.destinations);
  if (destinations.some(({status}) => status === 'planned')) return offline(destinations.length);
  return report.dryRun && !wasInterrupted(report) ? preview(destinations) : outcome(report, destinations);
}

function offline(planned: number): string {
  return `Planned ${count(planned, 'destination')} from the environments repository alone; no registry was asked.`;
}

function preview(destinations: readonly DestinationReport[]): string {
  const sentences = tell(destinations, previewed);
  const copied = sum(destinations, ({bytes}) => bytes.copied);
  const mounted = sum(destinations, ({bytes}) => bytes.mounted);
  const moves = destinations.some(({status}) => status === 'would-promote')
    ? [`${formatBytes(copied)} would be copied${mounted > 0 ? ` and ${formatBytes(mounted)} mounted` : ''}.`]
    : [];
  return [`Dry run, nothing was written: ${sentences}.`, ...moves].join(' ');
}

function outcome(report: Report, destinations: readonly DestinationReport[]): string {
  const {durationMs, ok, error} = report;
  const copied = sum(destinations, ({bytes}) => bytes.copied);
  const mounted = sum(destinations, ({bytes}) => bytes.mounted);
  const begun = copied + mounted > 0 || destinations.some(({status}) => status === 'promoted');
  const alsoMounted = mounted > 0 ? `, ${formatBytes(mounted)} mounted` : '';
  return [
    wasInterrupted(report)
      ? `Interrupted after ${formatDuration(durationMs)}: ${tell(destinations, done)}.`
      : `${capital(tell(destinations, done))} in ${formatDuration(durationMs)}.`,
    ...(copied + mounted > 0 ? [`${formatBytes(copied)} copied${alsoMounted}.`] : []),
    // of a shard without a report nobody knows
    ...(error && error.code !== 'missing-shard' && !begun ? ['Nothing was written.'] : []),
    ...(!ok && (begun || !error) ? ['The same command again finishes what is left.'] : []),
  ].join(' ');
}

const done: Partial<Record<DestinationStatus, string>> = {
  promoted: 'promoted',
  'up-to-date': 'up to date already',
  conflict: 'in conflict',
  failed: 'failed',
  skipped: 'not done',
};

const wasInterrupted = ({exitCode}: Report): boolean => exitCode === exitCodes.interrupted;

const previewed: Partial<Record<DestinationStatus, string>> = {...done, 'would-promote': 'would be promoted'};

/** `2 destinations promoted, 1 failed` */
function tell(
  destinations: readonly DestinationReport[],
  words: Partial<Record<DestinationStatus, string>>,
): string {
  const told = Object.entries(words)
    .sort(([one], [other]) => Number(other === 'would-promote') - Number(one === 'would-promote'))
    .map(([status, word]) => ({word, number: destinations.filter((one) => one.status === status).length}))
    .filter(({number}) => number > 0);
  if (told.length === 0) return 'nothing to do';
  return told
    .map(({word, number}, index) => `${index === 0 ? count(number, 'destination') : number} ${word}`)
    .join(', ');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const sum = (destinations: readonly DestinationReport[], of: (one: DestinationReport) => number): number =>
  destinations.reduce((total, one) => total + of(one), 0);
