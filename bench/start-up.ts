import type {Contest} from './contest.ts';
import type {Laboratory} from './laboratory.ts';
import {loadedBy, needless, sentenceOf} from './loaded.ts';

/** Commands beside Node alone, and what the one of them that reads the environments repository loads. */
export async function startUp(laboratory: Laboratory): Promise<readonly Contest[]> {
  const stages = await loadedBy(laboratory.corectl('p2p', 'stages'), laboratory.folder);
  return [
    start(laboratory, 1.6, '--version'),
    start(laboratory, 4, 'p2p', 'promote', '--help'),
    withFaults(start(laboratory, 4, 'p2p', 'stages'), needless(stages), sentenceOf(stages)),
  ];
}

function start({node, corectl}: Laboratory, atMost: number, ...args: string[]): Contest {
  const title = `corectl ${args.join(' ')}`;
  return {
    title,
    goals: [{of: 'node', in: 'time', atMost}],
    ours: {name: 'corectl', label: title, runs: [corectl(...args)]},
    peers: [{name: 'node', label: 'node -e 0', runs: [node('-e', '0')]}],
  };
}

function withFaults(contest: Contest, faults: readonly string[], note: string): Contest {
  const verify = () => Promise.resolve({faults});
  return {...contest, ours: {...contest.ours, verify}, notes: () => [note]};
}
