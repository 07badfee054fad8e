/** A request and its answer, in milliseconds of one clock. */
export interface Exchange {
  readonly start: number;
  /** When the last byte of the answer arrived; infinite until then. */
  end: number;
  /** Round trips: two for one that had to connect first. */
  readonly trips: number;
}

/** The most round trips that were made one after another: each exchange of the chain began after the one before it had ended. */
export function longestChain(exchanges: readonly Exchange[]): number {
  const ended = exchanges.filter(({end}) => Number.isFinite(end)).sort((a, b) => a.end - b.end);
  /** The longest chain among the first exchanges, by their number. */
  const longest = [0];
  for (const {start, trips} of ended) {
    const before = longest[countBefore(ended, start)] ?? 0;
    longest.push(Math.max(longest.at(-1) ?? 0, before + trips));
  }
  return longest.at(-1) ?? 0;
}

/** How many of the exchanges, sorted by their ends, had ended by `time`. */
function countBefore(ended: readonly Exchange[], time: number): number {
  let low = 0;
  let high = ended.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ended[middle]?.end ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
