import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import type {Contest, Contestant, Figures, Results} from './contest.ts';
import {pushImage} from './image.ts';
import {fromStage, repositoryOf, tenant, type Corectl, type Laboratory} from './laboratory.ts';
import {measure} from './measure.ts';
import {endpoint, stageArguments, tag, writes} from './promotion.ts';
import {tinyShape} from './shapes.ts';

const most = 300;
const few = 30;
const stage = 'many';

/** Many images that four registries hold already, beside a tenth of them: what each costs in requests and in memory. */
export async function many(laboratory: Laboratory): Promise<readonly Contest[]> {
  const images = Array.from({length: most}, (_, at) => `tiny-${at}`);
  await push(laboratory, images);
  const corectl = await initialised(laboratory);
  const all = await promoting(laboratory, corectl, images);
  await measure(all.runs);
  return [
    {
      title: `${most} images for 4 environments, all present`,
      goals: [{of: 'few', in: 'memory', atMost: 1.3}],
      ours: all,
      peers: [{...(await promoting(laboratory, corectl, images.slice(0, few))), name: 'few'}],
      notes: rates,
    },
  ];
}

async function push({source}: Laboratory, images: readonly string[]): Promise<void> {
  const atOnce = pLimit(8);
  const pushes = images.map((image) => () => {
    const repository = endpoint(source, repositoryOf(fromStage, image));
    return pushImage(repository, tag, {...tinyShape, seed: image});
  });
  await Promise.all(pushes.map((one) => atOnce(one)));
}

function initialised({source, destinations, initialised}: Laboratory): Promise<Corectl> {
  const places = [source, ...destinations];
  const environments = Object.fromEntries(places.map(({host}, at) => [`env-${at}`, host]));
  return initialised({
    tenant,
    environments,
    stages: {
      [fromStage]: {environments: ['env-0'], next: [stage]},
      [stage]: {environments: Object.keys(environments), next: []},
    },
  });
}

/** corectl with a file of so many images; whatever it writes is a fault. */
async function promoting(
  {folder, source, destinations}: Laboratory,
  corectl: Corectl,
  images: readonly string[],
): Promise<Contestant> {
  const file = path.join(folder, `${images.length}-images.txt`);
  await writeFile(file, images.map((image) => `${image}:${tag}\n`).join(''));
  const registries = [source, ...destinations].map(({registry}) => registry);
  let before: number[] = [];
  return {
    name: 'corectl',
    label: `${images.length} images`,
    runs: [corectl('p2p', 'promote', '--images-file', file, ...stageArguments(stage))],
    async prepare() {
      before = await Promise.all(registries.map(async (registry) => (await registry.requests()).length));
    },
    async verify() {
      const logs = await Promise.all(
        registries.map(async (registry, at) => (await registry.requests()).slice(before[at])),
      );
      const requests = logs.flat();
      const faults = writes(requests) > 0 ? ['something was written'] : [];
      return {faults, counts: {requests: requests.length}};
    },
  };
}

function rates({ours, peers}: Results): string[] {
  return [ours, ...peers].map(rate);
}

function rate({label, counts: {requests = 0}, milliseconds}: Figures): string {
  return `${label}: ${requests} requests, ${((requests / milliseconds) * 1000).toFixed(0)} a second`;
}
