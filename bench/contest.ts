import {measure, median, type Measured, type Run} from './measure.ts';

/** One side of a comparison. */
export interface Contestant {
  readonly label: string;
  /** What is run and timed, side by side. */
  readonly runs: readonly Run[];
  /** Brings the place back to what a round starts from; not timed. */
  prepare?(): Promise<void>;
  /** After each timed run; throws where the work was not done, and tells what was read and found. */
  verify?(): Promise<Findings>;
}

export interface Findings {
  /** Bytes of blobs that the source registry sent. */
  readonly sourceBytes?: number;
  /** What a run did that it should not have done. */
  readonly faults?: readonly string[];
}

export interface Contest {
  readonly title: string;
  readonly ours: Contestant;
  readonly peer?: Contestant | undefined;
  /** The most time that is wanted, in milliseconds, whatever a peer takes. */
  readonly timeLimit?: number;
  /** The greatest ratio of our time to the peer's that is wanted. */
  readonly target: number;
  /** The most memory that is wanted, in bytes. */
  readonly memoryLimit?: number;
}

export interface Figures {
  readonly label: string;
  readonly milliseconds: number;
  readonly rounds: readonly number[];
  readonly peakBytes: number;
  readonly sourceBytes?: number;
  readonly faults: readonly string[];
}

export interface Outcome {
  readonly title: string;
  readonly ours: Figures;
  readonly peer?: Figures;
  readonly ratio?: number;
  readonly target: number;
  /** What falls short of the targets. */
  readonly shortfalls: readonly string[];
}

type Sample = Measured & Findings;

/** Runs both sides in turn, the first one changing from round to round, and takes medians. */
export async function hold(
  contest: Contest,
  rounds: number,
  progress: (line: string) => void,
): Promise<Outcome> {
  const sides = [contest.ours, contest.peer].filter((side) => side !== undefined);
  const samples = new Map<Contestant, Sample[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const sample = await once(side);
      samples.get(side)?.push(sample);
      progress(`${contest.title}, round ${round + 1}: ${side.label} ${sample.milliseconds.toFixed(0)} ms`);
    }
  }
  const [ours, peer] = sides.map((side) => figures(side.label, samples.get(side) ?? []));
  if (ours === undefined) throw new Error('unreachable');
  return outcome(contest, ours, peer);
}

async function once(side: Contestant): Promise<Sample> {
  await side.prepare?.();
  const measured = await measure(side.runs);
  return {...measured, ...(await side.verify?.())};
}

function figures(label: string, samples: readonly Sample[]): Figures {
  const rounds = samples.map((sample) => sample.milliseconds);
  const read = samples.map((sample) => sample.sourceBytes).filter((bytes) => bytes !== undefined);
  return {
    label,
    milliseconds: median(rounds),
    rounds,
    peakBytes: Math.max(...samples.map((sample) => sample.peakBytes)),
    ...(read.length === 0 ? {} : {sourceBytes: median(read)}),
    faults: [...new Set(samples.flatMap((sample) => sample.faults ?? []))],
  };
}

function outcome(
  {title, target, timeLimit = Infinity, memoryLimit = Infinity}: Contest,
  ours: Figures,
  peer?: Figures,
): Outcome {
  const ratio = peer === undefined ? undefined : ours.milliseconds / peer.milliseconds;
  const shortfalls = [
    ...(ratio !== undefined && ratio > target ? [`ratio ${ratio.toFixed(2)} is above ${target}`] : []),
    ...(ours.milliseconds > timeLimit ? [`time is above ${timeLimit / 1000} s`] : []),
    ...(ours.peakBytes > memoryLimit ? [`memory is above ${memoryLimit / 1e6} MB`] : []),
    ...ours.faults,
  ];
  const compared = peer === undefined || ratio === undefined ? {} : {peer, ratio};
  return {title, ours, ...compared, target, shortfalls};
}
