// npm run bench -- [--only SCENARIO]… [--rounds N] [--size 1GiB] [--json FILE]; docs/benchmark.md explains it.
import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {executable} from '../test/support/real-tools.ts';
import {hold} from './race.ts';
import {openLaboratory} from './laboratory.ts';
import type {Outcome} from './outcome.ts';
import {peerNames} from './peers.ts';
import {reportOf, textOf} from './report.ts';
import {scenarios, type Scenario} from './scenarios.ts';

const {values} = parseArgs({
  options: {
    // installing takes apt, npm and root: it is asked for by name
    only: {
      type: 'string',
      multiple: true,
      default: Object.keys(scenarios).filter((name) => name !== 'install'),
    },
    rounds: {type: 'string', default: '5'},
    size: {type: 'string', default: '1GiB'},
    json: {type: 'string'},
  },
});
const settings = {rounds: positive(values.rounds), size: bytesOf(values.size)};
const chosen = values.only.map(scenario);

const report = reportOf(await outcomes(), settings);
process.stdout.write(textOf(report));
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);

async function outcomes(): Promise<Outcome[]> {
  const registries = chosen.some(({needsRegistries}) => needsRegistries);
  if (registries && executable('docker-registry') === undefined) {
    throw new Error('docker-registry is not installed: --only start-up, manifests and policy run without it');
  }
  const absent = peerNames.filter((name) => executable(name) === undefined);
  if (registries && absent.length > 0) note(`not on PATH and left out: ${absent.join(', ')}`);
  const laboratory = await openLaboratory({registries});
  const stop = () => void laboratory.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const found: Outcome[] = [];
    for (const each of chosen) {
      for (const contest of await each.contests(laboratory, settings)) {
        found.push(await hold(contest, each.needsRegistries ? settings.rounds : settings.rounds * 4, note));
      }
    }
    return found;
  } finally {
    await laboratory.close();
  }
}

function scenario(name: string): Scenario {
  const found = scenarios[name];
  if (found === undefined) throw new Error(`--only takes ${Object.keys(scenarios).join(', ')}, not ${name}`);
  return found;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`expected a number of rounds, found ${text}`);
  return number;
}

function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)(|KiB|MiB|GiB)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`expected a size like 256MiB, found ${text}`);
  return Number(number) * 1024 ** ['', 'KiB', 'MiB', 'GiB'].indexOf(unit);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
