import path from 'node:path';
import {isolated, packageFolder} from '../test/support/cli.ts';
import {demandingHome, demands, dryRunToProd, pushShown} from '../test/support/demanding-home.ts';
import {startTestRegistry, type TestRegistry} from '../test/support/registry.ts';
import type {Contest, Contestant, Figures} from './contest.ts';
import type {Laboratory} from './laboratory.ts';

/** One image of which everything is shown, in a dry run: what it costs when five rules are demanded, beside one and none. */
export async function policy(laboratory: Laboratory): Promise<Contest> {
  const registries = [
    laboratory.closing(await startTestRegistry()),
    laboratory.closing(await startTestRegistry()),
  ] as const;
  await pushShown(registries[0]);
  const [none, one, five] = [
    await demanding(laboratory, registries, {name: 'none', label: 'no rule'}),
    await demanding(laboratory, registries, {name: 'one', label: 'one rule'}),
    await demanding(laboratory, registries, {name: 'five', label: 'five rules'}),
  ] as const;
  return {
    title: 'what rules cost',
    goals: [{of: 'none', in: 'processor', atMost: 1.6}],
    ours: five,
    peers: [none, one],
    notes: ({ours, peers}) => [...peers, ours].map(costs),
  };
}

interface Side {
  readonly name: keyof typeof demands;
  readonly label: string;
}

async function demanding(
  laboratory: Laboratory,
  registries: readonly [TestRegistry, TestRegistry],
  {name, label}: Side,
): Promise<Contestant> {
  const home = await demandingHome(registries, demands[name]);
  laboratory.closing({
    close: () => {
      home.remove();
      return Promise.resolve();
    },
  });
  const env = isolated(path.join(home.folder, 'home'));
  const args = [path.join(packageFolder, 'bin/run.js'), ...dryRunToProd];
  const requests = () => registries.reduce((sum, {log}) => sum + log.requests().length, 0);
  let before = 0;
  return {
    ...{name, label},
    runs: [{command: process.execPath, args, env}],
    prepare: () => {
      before = requests();
      return Promise.resolve();
    },
    verify: () => Promise.resolve({counts: {requests: requests() - before}}),
  };
}

const costs = ({label, counts: {requests = 0}, milliseconds, processorMs}: Figures): string =>
  `${label}: ${requests} requests, ${milliseconds.toFixed(0)} ms, ${processorMs.toFixed(0)} ms of the processor`;
