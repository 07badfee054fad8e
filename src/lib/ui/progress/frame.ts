import {formatBytes} from '../bytes.ts';
import {count} from '../count.ts';
import {progressLine, timeLeft, type DestinationProgress, type ProgressState} from './progress-state.ts';
import type {Throughput} from './throughput.ts';
import {shortened} from '../shortened.ts';
import {printable} from '../../printable.ts';

/** `mixed`: of several destinations, some failed or were not done; `stopped`: not done, by nobody's fault. */
export type Mark = 'running' | 'done' | 'failed' | 'mixed' | 'stopped';

/** A line of the view; its text is printable. */
export interface FrameLine {
  readonly mark: Mark;
  readonly depth: 0 | 1;
  readonly text: string;
}

export interface FrameOptions {
  readonly columns: number;
  /** The terminal's height. */
  readonly height: number;
  /** Whether nothing more will happen: what has not ended will not. */
  readonly isOver: boolean;
}

/** Lines on the terminal, at most: nobody reads more while they change. */
const lineLimit = 10;

/**
 * What a promotion looks like now: below each image a line for each of its destinations. Where those are too many, or
 * the terminal is too small for them, all in one line and below it what went wrong, then what is under way.
 */
export function frameOf(state: ProgressState, rates: Throughput, options: FrameOptions): FrameLine[] {
  const destinations = [...state.destinations.values()];
  const images = new Map<string, DestinationProgress[]>();
  for (const one of destinations) images.set(one.image, [...(images.get(one.image) ?? []), one]);
  // one line is the cursor's
  const limit = Math.max(1, Math.min(lineLimit, options.height - 1));
  const view = {destinations, rates, ...options};
  if (images.size + destinations.length > limit) return [total(view), ...noteworthy(view, limit - 1)];
  const lines = destinationLines(destinations, label, view);
  return [...images].flatMap(([image, its]) => [
    {mark: markOf(its, view), depth: 0, text: imageText(image, state)},
    ...its.map((one) => lines.get(one)).filter((line) => line !== undefined),
  ]);
}

interface View extends FrameOptions {
  readonly destinations: readonly DestinationProgress[];
  readonly rates: Throughput;
}

const imageText = (image: string, {digests}: ProgressState): string =>
  [printable(image), digests.get(image)?.slice(0, 19)].filter((part) => part !== undefined).join('  ');

/** Names share a column that takes no more than two fifths: what happens matters as much as where. */
function destinationLines(
  destinations: readonly DestinationProgress[],
  nameOf: (one: DestinationProgress) => string,
  view: View,
): Map<DestinationProgress, FrameLine> {
  const longest = Math.max(0, ...destinations.map((one) => nameOf(one).length));
  const width = Math.min(longest, Math.max(12, Math.floor((view.columns * 2) / 5)));
  return new Map(
    destinations.map((one) => {
      const name = shortened(nameOf(one), width).padEnd(width);
      const text = `${name}  ${progressLine(one, view.rates.of(one))}`;
      return [one, {mark: markOf([one], view), depth: 1, text}];
    }),
  );
}

/** What went wrong comes first: it stays, and nothing that is copied may push it out of sight. */
function noteworthy(view: View, room: number): FrameLine[] {
  const phases = ['storing', 'tagging', 'copying'] as const;
  const chosen = [
    ...view.destinations.filter(hasFailed),
    ...phases.flatMap((wanted) => view.destinations.filter(({phase}) => phase === wanted)),
  ];
  const shown = chosen.slice(0, Math.max(0, chosen.length > room ? room - 1 : room));
  const more = chosen.length - shown.length;
  // who promotes one image alone knows which, and needs the room for where
  const isOneImage = new Set(view.destinations.map(({image}) => image)).size === 1;
  const named = (one: DestinationProgress) =>
    isOneImage ? label(one) : `${printable(one.image)} → ${label(one)}`;
  const lines = destinationLines(shown, named, view);
  const rest: FrameLine = {mark: markOf(view.destinations, view), depth: 1, text: `and ${more} more`};
  return [...lines.values(), ...(more > 0 && room > 0 ? [rest] : [])];
}

function total(view: View): FrameLine {
  return {mark: markOf(view.destinations, view), depth: 0, text: totalText(view)};
}

/** All destinations in one line: how many are done, what moved and how fast. */
export function totalText({
  destinations,
  rates,
  isOver = false,
}: Pick<View, 'destinations' | 'rates'> & {readonly isOver?: boolean}): string {
  const checked = destinations.filter(({phase}) => phase !== 'checking').length;
  if (checked < destinations.length && !isOver)
    return `checking ${count(destinations.length, 'destination')}, ${checked} done`;
  const ended = destinations.filter(({phase}) => phase === 'done');
  const stopped = ended.filter(wasStopped).length;
  const failed = ended.filter(hasFailed).length;
  // small images are done before their rate is known: what counts is what all of them took of late
  const rate = ended.length === destinations.length ? 0 : sum(destinations, (one) => rates.of(one));
  return [
    `${ended.length - stopped} of ${count(destinations.length, 'destination')} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(stopped > 0 ? [`${stopped} not done`] : []),
    ...bytesText(destinations, rate),
  ].join(', ');
}

function bytesText(destinations: readonly DestinationProgress[], rate: number): string[] {
  const missing = sum(destinations, ({missingBytes}) => missingBytes);
  const moved = sum(destinations, ({movedBytes, missingBytes}) => Math.min(movedBytes, missingBytes));
  return [
    ...(missing > 0 ? [`${formatBytes(moved)} of ${formatBytes(missing)}`] : []),
    ...(rate > 0 ? [`${formatBytes(rate)}/s`] : []),
    ...timeLeft(missing - moved, rate),
  ];
}

function markOf(destinations: readonly DestinationProgress[], {isOver}: FrameOptions): Mark {
  const running = destinations.filter(({phase}) => phase !== 'done').length;
  if (running > 0 && !isOver) return 'running';
  const failed = destinations.filter(hasFailed).length;
  const stopped = destinations.filter(wasStopped).length + running;
  if (failed === destinations.length) return 'failed';
  if (failed > 0) return 'mixed';
  return stopped > 0 ? 'stopped' : 'done';
}

const label = ({environment, stage, tag}: DestinationProgress): string =>
  printable(`${environment} (${stage ?? tag ?? 'no tag'})`);

const hasFailed = ({result}: DestinationProgress): boolean =>
  result?.status === 'failed' || result?.status === 'conflict';

const wasStopped = ({result}: DestinationProgress): boolean => result?.status === 'skipped';

const sum = (
  destinations: readonly DestinationProgress[],
  of: (one: DestinationProgress) => number,
): number => destinations.reduce((all, one) => all + of(one), 0);
