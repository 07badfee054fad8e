import {fastest, type Contest, type Figures, type Goal, type Results} from './contest.ts';

export interface Comparison {
  readonly peer: Figures;
  readonly ratio: number;
  readonly processorRatio: number;
  readonly memoryRatio: number;
  /** Those that hold against this peer. */
  readonly goals: readonly Goal[];
}

export interface Outcome {
  readonly title: string;
  readonly ours: Figures;
  readonly comparisons: readonly Comparison[];
  readonly parts: readonly Figures[];
  /** What falls short of the goals. */
  readonly shortfalls: readonly string[];
  readonly notes: readonly string[];
}

/** Compares the figures of ours with those of each peer, and with the contest's limits. */
export function outcomeOf(contest: Contest, results: Results): Outcome {
  const {ours, peers, parts} = results;
  const best = fastestOf(peers);
  const comparisons = peers.map((peer): Comparison => {
    const goals = (contest.goals ?? []).filter(
      (goal) => goal.of === peer.name || (goal.of === fastest && peer === best),
    );
    const ratio = ours.milliseconds / peer.milliseconds;
    const processorRatio = ours.processorMs / peer.processorMs;
    return {peer, ratio, processorRatio, memoryRatio: ours.peakBytes / peer.peakBytes, goals};
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

function missed({peer, ratio, processorRatio, memoryRatio, goals}: Comparison): string[] {
  const ratios = {time: ratio, processor: processorRatio, memory: memoryRatio};
  return goals.flatMap((goal) => {
    const found = ratios[goal.in];
    // what is not known, as without /proc, is no shortfall
    if (!(found > goal.atMost)) return [];
    return [`${goal.in} is ${found.toFixed(2)} of ${peer.label}, above ${goal.atMost}`];
  });
}

function beyondLimits({timeLimit = Infinity, memoryLimit = Infinity}: Contest, ours: Figures): string[] {
  return [
    ...(ours.milliseconds > timeLimit ? [`time is above ${(timeLimit / 1000).toFixed(2)} s`] : []),
    ...(ours.peakBytes > memoryLimit ? [`memory is above ${memoryLimit / 1e6} MB`] : []),
  ];
}
