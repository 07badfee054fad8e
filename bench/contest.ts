import {measure, median, type Run} from './measure.ts';
import {outcomeOf, type Outcome, type Target} from './outcome.ts';

/** One side of a comparison. */
export interface Contestant {
  /** Of the program: targets name their peer by it. */
  readonly name: string;
  /** How the table calls it. */
  readonly label: string;
  /** What is run and timed, side by side. */
  readonly runs: readonly Run[];
  /** Brings the place back to what a round starts from; not timed. */
  readonly prepare?: () => Promise<void>;
  /** After each timed run, with what each printed; throws where the work was not done, and tells what was read and found. */
  readonly verify?: (outputs: readonly string[]) => Promise<Findings>;
}

export interface Findings {
  /** The time that counts, where it is not that from the first start to the last end. */
  readonly milliseconds?: number;
  /** Bytes of blobs that the source registry sent. */
  readonly sourceBytes?: number;
  readonly counts?: Counts;
  /** What a run did that it should not have done. */
  readonly faults?: readonly string[];
}

export interface Counts {
  /** That registries answered. */
  readonly requests?: number;
  /** Trips over a far link, each begun after the one before it had ended. */
  readonly roundTrips?: number;
}

export interface Contest {
  readonly title: string;
  readonly ours: Contestant;
  readonly peers?: readonly Contestant[];
  /** Runs that tell what a part of our time goes to. */
  readonly parts?: readonly Contestant[];
  readonly targets?: readonly Target[];
  /** The most time that is wanted, in milliseconds, whatever a peer takes. */
  readonly timeLimit?: number;
  /** The most memory that is wanted, in bytes. */
  readonly memoryLimit?: number;
  /** Sentences on the figures, for below the table. */
  readonly notes?: (results: Results) => readonly string[];
}

export interface Results {
  readonly ours: Figures;
  readonly peers: readonly Figures[];
  readonly parts: readonly Figures[];
}

export interface Figures {
  readonly name: string;
  readonly label: string;
  readonly milliseconds: number;
  readonly rounds: readonly number[];
  readonly peakBytes: number;
  readonly sourceBytes?: number;
  readonly counts: Counts;
  readonly faults: readonly string[];
}

interface Sample extends Findings {
  readonly milliseconds: number;
  readonly peakBytes: number;
}

/** Runs all sides in turn, in the other direction every second round, and takes medians. */
export async function hold(
  contest: Contest,
  rounds: number,
  progress: (line: string) => void,
): Promise<Outcome> {
  const {ours, peers = [], parts = []} = contest;
  const sides = [ours, ...peers, ...parts];
  const samples = new Map<Contestant, Sample[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const sample = await once(side);
      samples.get(side)?.push(sample);
      progress(`${contest.title}, round ${round + 1}: ${side.label} ${sample.milliseconds.toFixed(0)} ms`);
    }
  }
  const figures = (side: Contestant) => figuresOf(side, samples.get(side) ?? []);
  return outcomeOf(contest, {ours: figures(ours), peers: peers.map(figures), parts: parts.map(figures)});
}

async function once(side: Contestant): Promise<Sample> {
  await side.prepare?.();
  const {outputs, ...measured} = await measure(side.runs);
  return {...measured, ...(await side.verify?.(outputs))};
}

function figuresOf({name, label}: Contestant, samples: readonly Sample[]): Figures {
  const rounds = samples.map((sample) => sample.milliseconds);
  const sourceBytes = medianOf(samples.map((sample) => sample.sourceBytes));
  const requests = medianOf(samples.map(({counts}) => counts?.requests));
  const roundTrips = medianOf(samples.map(({counts}) => counts?.roundTrips));
  return {
    name,
    label,
    milliseconds: median(rounds),
    rounds,
    peakBytes: Math.max(...samples.map((sample) => sample.peakBytes)),
    ...(sourceBytes !== undefined && {sourceBytes}),
    counts: {...(requests !== undefined && {requests}), ...(roundTrips !== undefined && {roundTrips})},
    faults: [...new Set(samples.flatMap((sample) => sample.faults ?? []))],
  };
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}
