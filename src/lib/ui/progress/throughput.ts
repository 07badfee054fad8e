import type {DestinationProgress} from './progress-state.ts';

/** How fast destinations are fed, over the last few seconds. */
export interface Throughput {
  /** Notes where everything stands; `now` in milliseconds. */
  sample(destinations: Iterable<DestinationProgress>, now: number): void;
  /** Bytes a second; 0 while unknown. */
  of(destination: DestinationProgress): number;
}

const windowMs = 3000;

/** Rates from samples of each destination's sent bytes. */
export function newThroughput(): Throughput {
  const samples = new Map<DestinationProgress, {at: number; sent: number}[]>();
  return {
    sample: (destinations, now) => {
      for (const one of destinations) {
        const recent = (samples.get(one) ?? []).filter(({at}) => at >= now - windowMs);
        samples.set(one, [...recent, {at: now, sent: one.sentBytes}]);
      }
    },
    of: (destination) => {
      const [first, last] = [samples.get(destination)?.at(0), samples.get(destination)?.at(-1)];
      if (!first || !last || last.at === first.at) return 0;
      return ((last.sent - first.sent) * 1000) / (last.at - first.at);
    },
  };
}
