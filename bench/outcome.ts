import type {Contest, Figures, Results} from './contest.ts';

/** The greatest ratio of ours to a peer's that is wanted. */
export interface Target {
  /** The peer's name, or whichever peer was the fastest. */
  readonly of: string;
  readonly in: 'time' | 'memory';
  readonly atMost: number;
}

/** What `of` says where a target holds against whichever peer was the fastest. */
export const fastest = 'the fastest';

export interface Comparison {
  readonly peer: Figures;
  readonly ratio: number;
  readonly memoryRatio: number;
  /** Those that hold against this peer. */
  readonly targets: readonly Target[];
}

export interface Outcome {
  readonly title: string;
  readonly ours: Figures;
  readonly comparisons: readonly Comparison[];
  readonly parts: readonly Figures[];
  /** What falls short of the targets. */
  readonly shortfalls: readonly string[];
  readonly notes: readonly string[];
}

/** Compares the figures of ours with those of each peer, and with the contest's limits. */
export function outcomeOf(contest: Contest, results: Results): Outcome {
  const {ours, peers, parts} = results;
  const best = fastestOf(peers);
  const comparisons = peers.map((peer): Comparison => {
    const targets = (contest.targets ?? []).filter(
      (target) => target.of === peer.name || (target.of === fastest && peer === best),
    );
    const ratio = ours.milliseconds / peer.milliseconds;
    return {peer, ratio, memoryRatio: ours.peakBytes / peer.peakBytes, targets};
  });
  const shortfalls = [...comparisons.flatMap(missed), ...beyondLimits(contest, ours), ...ours.faults];
  return {
    title: contest.title,
    ours,
    comparisons,
    parts,
    shortfalls,
    notes: contest.notes?.(results) ?? [],
  };
}

/** The peer that took the least time, if there is any. */
export function fastestOf(peers: readonly Figures[]): Figures | undefined {
  return [...peers].sort((a, b) => a.milliseconds - b.milliseconds)[0];
}

function missed({peer, ratio, memoryRatio, targets}: Comparison): string[] {
  return targets.flatMap((target) => {
    const found = target.in === 'time' ? ratio : memoryRatio;
    if (found <= target.atMost) return [];
    return [`${target.in} is ${found.toFixed(2)} of ${peer.label}, above ${target.atMost}`];
  });
}

function beyondLimits({timeLimit = Infinity, memoryLimit = Infinity}: Contest, ours: Figures): string[] {
  return [
    ...(ours.milliseconds > timeLimit ? [`time is above ${timeLimit / 1000} s`] : []),
    ...(ours.peakBytes > memoryLimit ? [`memory is above ${memoryLimit / 1e6} MB`] : []),
  ];
}
