import {fastest, type Contest} from './contest.ts';
import {fromStage, tenant, type Laboratory} from './laboratory.ts';
import {contestants} from './promotion.ts';
import type {Settings} from './settings.ts';
import {largeShape} from './shapes.ts';
import {startThrottle} from './throttle.ts';

/** Bytes a second that the source sends: 480 Mbit/s, as between clouds. */
const rate = 60e6;
/** Of the time that the link takes for the content once. */
const share = 1.1;

/** Three destinations of a source whose link is what everyone waits for: what is read once takes a third of the time. */
export async function limited(laboratory: Laboratory, {size}: Settings): Promise<Contest> {
  const {source, destinations} = laboratory;
  const link = laboratory.closing(await startThrottle(source.host, 'from'));
  link.limit(rate);
  const stage = 'limited';
  const hosts = Object.fromEntries(destinations.map(({host}, at) => [`limited-${at}`, host]));
  const corectl = await laboratory.initialised({
    tenant,
    environments: {dev: link.host, ...hosts},
    stages: {
      [fromStage]: {environments: ['dev'], next: [stage]},
      [stage]: {environments: Object.keys(hosts), next: []},
    },
  });
  // a quarter of the large image takes the link some seconds, and each peer three times as many
  const shape = largeShape(size / 4);
  const far = {registry: source.registry, host: link.host};
  const alone = ((shape.layers * shape.layerSize) / rate) * 1000;
  return {
    title: 'to three registries, the source limited to 60 MB/s',
    goals: [{of: fastest, in: 'time', atMost: 0.36}],
    timeLimit: alone * share,
    ...(await contestants(laboratory, {
      ...{image: 'limited', shape, stage, source: far, destinations, corectl},
    })),
    notes: ({ours}) => [
      `the link alone takes ${(alone / 1000).toFixed(2)} s for the content, corectl ${(ours.milliseconds / alone).toFixed(2)} of that`,
    ],
  };
}
