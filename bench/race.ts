import type {Contest, Contestant, Figures, Findings} from './contest.ts';
import {measure, median} from './measure.ts';
import {outcomeOf, type Outcome} from './outcome.ts';

interface Sample extends Findings {
  readonly milliseconds: number;
  readonly processorMs: number;
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
    processorMs: median(samples.map((sample) => sample.processorMs)),
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
