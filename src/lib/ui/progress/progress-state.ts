import {formatBytes} from '../bytes.ts';
import {formatDuration} from '../duration.ts';
import {outcomeLine} from '../outcome.ts';
import {printable} from '../../printable.ts';
import type {DestinationKey, PromotionEvent} from '../../promotion/events.ts';
import type {DestinationReport} from '../../promotion/report.ts';

/** How far one destination is. */
export interface DestinationProgress extends DestinationKey {
  phase: 'checking' | 'checked' | 'copying' | 'storing' | 'tagging' | 'done';
  /** The host that it is written to. */
  readonly registry: string;
  existing: number;
  mounted: number;
  copied: number;
  /** Bytes that preflight found missing, and those of them that have arrived or been sent. */
  missingBytes: number;
  movedBytes: number;
  /** Bytes sent over the network. */
  sentBytes: number;
  result: DestinationReport | undefined;
}

/** How far the whole promotion is: destinations in the plan's order, and what is known of the images. */
export interface ProgressState {
  readonly destinations: Map<string, DestinationProgress>;
  readonly digests: Map<string, string>;
  readonly warnings: string[];
}

export const newProgressState = (): ProgressState => ({
  destinations: new Map(),
  digests: new Map(),
  warnings: [],
});

/** Notes an event in the state, and returns the destination that it changed, if it is about one. */
export function apply(state: ProgressState, event: PromotionEvent): DestinationProgress | undefined {
  switch (event.kind) {
    case 'planned':
      for (const one of event.destinations) state.destinations.set(keyOf(one), checking(one));
      return undefined;
    case 'resolved':
      state.digests.set(event.image, event.digest);
      return undefined;
    case 'warning':
      state.warnings.push(event.message);
      return undefined;
    default:
      return advance(state.destinations.get(keyOf(event)), event);
  }
}

/** A destination's progress as one line; `rate` in bytes a second. */
export function progressLine(destination: DestinationProgress, rate: number): string {
  switch (destination.phase) {
    case 'checking':
      return 'checking';
    case 'checked':
      return destination.missingBytes === 0 ? 'ready' : `${formatBytes(destination.missingBytes)} missing`;
    case 'copying':
      return copyingLine(destination, rate);
    case 'storing':
      return `waiting for ${printable(destination.registry)} to store it`;
    case 'tagging':
      return 'tagging';
    case 'done':
      return destination.result ? outcomeLine(destination.result) : 'done';
  }
}

function copyingLine(
  {missingBytes, movedBytes, mounted, copied, existing}: DestinationProgress,
  rate: number,
): string {
  const moved = `${formatBytes(Math.min(movedBytes, missingBytes))} of ${formatBytes(missingBytes)}`;
  return [
    moved,
    ...(rate > 0 ? [`${formatBytes(rate)}/s`] : []),
    ...timeLeft(missingBytes - movedBytes, rate),
    ...(mounted > 0 ? [`${mounted} mounted`] : []),
    ...(copied > 0 ? [`${copied} copied`] : []),
    ...(existing > 0 ? [`${existing} already there`] : []),
  ].join(', ');
}

/** `3 min 5 s left` at that rate; nothing where there is no rate or nothing is left. */
export function timeLeft(bytes: number, rate: number): string[] {
  if (bytes <= 0 || rate <= 0) return [];
  return [`${formatDuration(Math.ceil(bytes / rate) * 1000)} left`];
}

type DestinationEvent = Extract<PromotionEvent, DestinationKey>;

function advance(
  destination: DestinationProgress | undefined,
  event: DestinationEvent,
): DestinationProgress | undefined {
  if (!destination || destination.phase === 'done') return undefined;
  switch (event.kind) {
    case 'checked':
      return Object.assign(destination, {
        phase: 'checked',
        existing: event.existing,
        missingBytes: event.missingBytes,
      });
    case 'copying':
    case 'tagging':
      return Object.assign(destination, {phase: event.kind});
    case 'sent':
      destination.sentBytes += event.bytes;
      destination.movedBytes += event.bytes;
      // all is sent, and some registries take minutes to put a large blob in its place
      if (isAllMoved(destination)) destination.phase = 'storing';
      return destination;
    case 'blob':
      destination[event.how] += 1;
      // a copied blob's bytes were counted as they were sent
      if (event.how !== 'copied') destination.movedBytes += event.bytes;
      return destination;
    case 'done':
      return Object.assign(destination, {phase: 'done', result: event.result});
  }
}

const isAllMoved = ({phase, movedBytes, missingBytes}: DestinationProgress): boolean =>
  phase === 'copying' && movedBytes >= missingBytes && missingBytes > 0;

const keyOf = ({image, environment, stage, tag}: DestinationKey): string =>
  JSON.stringify([image, environment, stage, tag]);

type Planned = Extract<PromotionEvent, {kind: 'planned'}>['destinations'][number];

function checking({image, environment, stage, tag, reference}: Planned): DestinationProgress {
  return {
    ...{image, environment, stage, tag, phase: 'checking', result: undefined},
    registry: reference.replace(/\/.*/s, ''),
    ...{existing: 0, mounted: 0, copied: 0, missingBytes: 0, movedBytes: 0, sentBytes: 0},
  };
}
