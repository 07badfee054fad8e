import type {Report} from '../src/lib/promotion/report.ts';
import type {Contest, Contestant} from './contest.ts';
import type {ImageShape} from './image.ts';
import {fromStage, tenant, type Corectl, type Laboratory, type Place} from './laboratory.ts';
import {measure} from './measure.ts';
import {contestants, type Promotion} from './promotion.ts';
import type {Settings} from './settings.ts';
import {largeShape} from './shapes.ts';
import {startThrottle, type ThrottledLink} from './throttle.ts';

/** The part that the slow destination takes of what it took alone. */
const share = 1 / 20;

/** Two destinations beside one that takes far less than it could: when have they got everything? */
export async function throttled(laboratory: Laboratory, {size}: Settings): Promise<readonly Contest[]> {
  // a quarter of the large image takes some second alone; small layers fit into buffers
  return [
    await contest(laboratory, 'large', largeShape(size / 4)),
    await contest(laboratory, 'small', {
      platforms: ['amd64'],
      layers: 16,
      layerSize: Math.ceil(size / 256),
    }),
  ];
}

async function contest(laboratory: Laboratory, layers: string, shape: ImageShape): Promise<Contest> {
  const {first, second, slow, link, corectl} = await twoBesideAThrottled(laboratory);
  const {source} = laboratory;
  const side = (label: string, stage: string, destinations: readonly Place[]) =>
    finishing(label, laboratory, {image: `throttled-${layers}`, shape, stage, source, destinations, corectl});
  const bytes = shape.layers * shape.layerSize;
  const alone = await milliseconds(await side('the slow one alone', 'slow', [slow]));
  const rate = (bytes / alone) * 1000 * share;
  return {
    title: `two beside a throttled one, ${layers} layers`,
    goals: [{of: 'two', in: 'time', atMost: 1.2}],
    ours: limited(await side('two of three', 'three', [first, second, slow]), link, rate),
    peers: [{...(await side('two alone', 'two', [first, second])), name: 'two'}],
    notes: () => [
      `the throttled one took ${alone.toFixed(0)} ms for ${(bytes / 1e6).toFixed(0)} MB without a limit, ` +
        `and takes ${(rate / 1e6).toFixed(1)} MB/s with it`,
    ],
  };
}

interface Site {
  readonly first: Place;
  readonly second: Place;
  readonly slow: Place;
  readonly link: ThrottledLink;
  readonly corectl: Corectl;
}

async function twoBesideAThrottled({source, destinations, ...laboratory}: Laboratory): Promise<Site> {
  const [first, second, last] = destinations;
  if (first === undefined || second === undefined || last === undefined) throw new Error('unreachable');
  const link = laboratory.closing(await startThrottle(last.host));
  const slow: Place = {registry: last.registry, host: link.host};
  const corectl = await laboratory.initialised({
    tenant,
    environments: {dev: source.host, first: first.host, second: second.host, slow: slow.host},
    stages: {
      [fromStage]: {environments: ['dev'], next: ['slow', 'two', 'three']},
      slow: {environments: ['slow'], next: []},
      two: {environments: ['first', 'second'], next: []},
      three: {environments: ['first', 'second', 'slow'], next: []},
    },
  });
  return {first, second, slow, link, corectl: (...args) => corectl(...args, '--json')};
}

/** With the link's limit, in bytes a second. */
function limited(side: Contestant, link: ThrottledLink, rate: number): Contestant {
  return {
    ...side,
    async prepare() {
      await side.prepare?.();
      link.limit(rate);
    },
  };
}

/** corectl alone, timed until the destinations that are not throttled had their tags. */
async function finishing(label: string, laboratory: Laboratory, promotion: Promotion): Promise<Contestant> {
  const {ours} = await contestants(laboratory, promotion);
  return {
    ...ours,
    label,
    async verify(outputs) {
      const found = await ours.verify?.(outputs);
      // that the slow one is read for again is how the others go on without it
      return {...found, faults: [], milliseconds: finished(outputs[0] ?? '')};
    },
  };
}

/** How long one run takes until the last destination has its tag. */
async function milliseconds(side: Contestant): Promise<number> {
  await side.prepare?.();
  const {outputs} = await measure(side.runs);
  return (await side.verify?.(outputs))?.milliseconds ?? 0;
}

/** Until the last one but `slow` had its tag; until that one, where it is alone. */
function finished(output: string): number {
  const {durationMs, images} = JSON.parse(output) as Report;
  const all = images.flatMap(({destinations}) => destinations);
  const longest = (some: typeof all) => Math.max(...some.map((one) => one.durationMs));
  const quick = all.filter(({environment}) => environment !== 'slow');
  // a destination's time begins when all have been looked at, and the run ends with the last of them
  const looking = durationMs - longest(all);
  return looking + longest(quick.length > 0 ? quick : all);
}
