import type {Contest} from './contest.ts';
import type {Corectl, Laboratory} from './laboratory.ts';
import type {Run} from './measure.ts';
import {contestants, type Promotion} from './promotion.ts';
import {tinyShape} from './shapes.ts';
import {waysToInstall, type Way} from './ways.ts';

/** Every way to install corectl beside crane: what a program costs that starts, and that finds nothing to do. */
export async function install(laboratory: Laboratory): Promise<readonly Contest[]> {
  const ways = waysToInstall(laboratory.folder, (line) => process.stderr.write(`${line}\n`));
  const contests: Contest[] = [];
  for (const way of ways) contests.push(...(await contestsOf(laboratory, way)));
  return contests;
}

async function contestsOf(laboratory: Laboratory, {name, size, command}: Way): Promise<Contest[]> {
  const corectl = as(command, laboratory.corectl);
  const destinations = laboratory.destinations.slice(0, 1);
  const promotion: Promotion = {
    ...{...laboratory, corectl, destinations, image: 'tiny', shape: tinyShape},
    ...{stage: 'one', again: true},
  };
  const again = await contestants(laboratory, promotion);
  const cranes = again.peers.filter((peer) => peer.name === 'crane');
  const version = {...cranes[0]?.runs[0], command: 'crane', args: ['version']} as Run;
  const ours = (...args: string[]) => ({name: 'corectl', label: name, runs: [corectl(...args)]});
  return [
    {
      title: `${name}: --version`,
      ours: ours('--version'),
      peers: cranes.map((crane) => ({name: crane.name, label: 'crane version', runs: [version]})),
      notes: () => [size],
    },
    {title: `${name}: p2p stages`, ours: ours('p2p', 'stages')},
    {title: `${name}: promoted again`, ours: {...again.ours, label: name}, peers: cranes},
  ];
}

/** The same as corectl of another installation runs it. */
function as([command = '', ...words]: readonly string[], corectl: Corectl): Corectl {
  return (...args) => {
    const {env} = corectl(...args);
    return {command, args: [...words, ...args], env};
  };
}
