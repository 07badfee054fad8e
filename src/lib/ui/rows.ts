import {formatBytes} from './bytes.ts';
import {progressLine, type DestinationProgress, type ProgressState} from './progress-state.ts';
import type {Rates} from './rates.ts';
import {printable} from '../printable.ts';

/** Lines on the terminal, at most: drawing is what costs, and a screen has room for little more. */
const rowLimit = 10;

/** A line of the view, drawn anew at each tick; its text is printable. */
export interface Row {
  readonly text: () => string;
  readonly state: () => 'running' | 'done' | 'failed';
  readonly rows: readonly Row[];
}

/**
 * The rows for a promotion: below each image one for each of its destinations. When those are too many, a summary of
 * all and below it what is in flight or went wrong.
 */
export function rowsFor(state: ProgressState, rates: Rates): Row[] {
  const destinations = [...state.destinations.values()];
  const images = new Map<string, DestinationProgress[]>();
  for (const one of destinations) images.set(one.image, [...(images.get(one.image) ?? []), one]);
  if (images.size + destinations.length > rowLimit) return [summaryRow(destinations, rates)];
  const width = Math.max(...destinations.map((one) => label(one).length));
  return [...images].map(([image, its]) => ({
    text: () =>
      [image, state.digests.get(image)?.slice(0, 19)].filter((part) => part !== undefined).join('  '),
    state: () => stateOf(its),
    rows: its.map((one) => ({
      text: () => `${label(one).padEnd(width)}  ${progressLine(one, rates.of(one))}`,
      state: () => stateOf([one]),
      rows: [],
    })),
  }));
}

/** Whether they are at work, all well, or ended with a failure among them. */
function stateOf(destinations: readonly DestinationProgress[]): 'running' | 'done' | 'failed' {
  if (destinations.some(({phase}) => phase !== 'done')) return 'running';
  return destinations.some(hasFailed) ? 'failed' : 'done';
}

function summaryRow(destinations: DestinationProgress[], rates: Rates): Row {
  const noteworthy = () => [
    ...destinations.filter(({phase}) => phase === 'copying' || phase === 'tagging'),
    ...destinations.filter(hasFailed),
  ];
  const slots = Array.from({length: rowLimit - 1}, (_, index) => index);
  return {
    text: () => summaryText(destinations, rates),
    state: () => stateOf(destinations),
    rows: slots.map((index) => ({
      text: () => {
        const one = noteworthy()[index];
        return one ? `${printable(one.image)} → ${label(one)}  ${progressLine(one, rates.of(one))}` : '';
      },
      state: () => stateOf(destinations),
      rows: [],
    })),
  };
}

function summaryText(destinations: readonly DestinationProgress[], rates: Rates): string {
  const done = destinations.filter(({phase}) => phase === 'done').length;
  const failed = destinations.filter(hasFailed).length;
  const sum = (of: (one: DestinationProgress) => number) =>
    destinations.reduce((total, one) => total + of(one), 0);
  const missing = sum(({missingBytes}) => missingBytes);
  const moved = sum(({movedBytes, missingBytes}) => Math.min(movedBytes, missingBytes));
  // small images are done before their rate is known: what counts is what all of them took of late
  const rate = done === destinations.length ? 0 : sum((one) => rates.of(one));
  return [
    `${done} of ${destinations.length} destinations done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(missing > 0 ? [`${formatBytes(moved)} of ${formatBytes(missing)}`] : []),
    ...(rate > 0 ? [`${formatBytes(rate)}/s`] : []),
  ].join(', ');
}

const label = ({environment, stage, tag}: DestinationProgress): string =>
  printable(`${environment} (${stage ?? tag ?? 'no tag'})`);

const hasFailed = ({result}: DestinationProgress): boolean =>
  result?.status === 'failed' || result?.status === 'conflict';
