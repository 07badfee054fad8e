import {formatDuration} from '../duration.ts';
import {totalText} from './frame.ts';
import {apply, newProgressState} from './progress-state.ts';
import {newThroughput} from './throughput.ts';
import type {PromotionListener} from '../../promotion/events.ts';

/** Signs of life in a log, where nothing else is said while large blobs are copied. */
export interface Heartbeat {
  readonly listener: PromotionListener;
  /** To be called each second; writes a line when it is time for one. */
  readonly beat: () => void;
}

export interface HeartbeatOptions {
  readonly write: (line: string) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** CI systems end jobs that say nothing for minutes, and people lose faith sooner. */
const often = 15_000;
/** Whoever has waited for so long does not look at each line. */
const longAfter = 5 * 60_000;
const seldom = 30_000;

/** Tells from time to time what is done, what is under way, and how fast. */
export function newHeartbeat({write, now}: HeartbeatOptions): Heartbeat {
  const state = newProgressState();
  const rates = newThroughput();
  const started = now();
  let last = started;
  return {
    listener: (event) => {
      apply(state, event);
    },
    beat: () => {
      const destinations = [...state.destinations.values()];
      const at = now();
      rates.sample(destinations, at);
      const isOver = destinations.every(({phase}) => phase === 'done');
      if (isOver || at - last < (at - started >= longAfter ? seldom : often)) return;
      last = at;
      const under = destinations.filter(({phase}) => underWay.has(phase)).map(({environment}) => environment);
      write(`after ${formatDuration(at - started)}: ${totalText({destinations, rates})}${listed(under)}`);
    },
  };
}

const underWay: ReadonlySet<string> = new Set(['copying', 'storing', 'tagging']);

/** Names enough to know where it hangs. */
function listed(environments: readonly string[]): string {
  const names = [...new Set(environments)];
  if (names.length === 0) return '';
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `; under way: ${names.slice(0, 3).join(', ')}${more}`;
}
