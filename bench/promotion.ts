import type {LoggedRequest} from '../test/support/real-registry.ts';
import type {Contestant, Findings} from './contest.ts';
import type {FarLink} from './delay.ts';
import {digestOf, pushImage, type ImageShape} from './image.ts';
import {fromStage, repositoryOf, tenant, type Corectl, type Laboratory, type Place} from './laboratory.ts';
import {longestChain} from './round-trips.ts';

export const tag = '1.0.0';

/** One image on its way from the source to the places of a stage. */
export interface Promotion {
  readonly image: string;
  readonly shape: ImageShape;
  readonly stage: string;
  readonly source: Place;
  readonly destinations: readonly Place[];
  readonly corectl: Corectl;
  /** The destinations keep what they have: nothing may be written. */
  readonly again?: boolean;
  /** The links to the places, where round trips are to be counted. */
  readonly links?: readonly FarLink[];
}

/** Pushes the image to the source, and gives corectl and, for each peer, as many of it side by side as there are destinations. */
export async function contestants(
  {peers}: Laboratory,
  promotion: Promotion,
): Promise<{ours: Contestant; peers: Contestant[]}> {
  const {image, shape, stage, source, destinations} = promotion;
  const digest = await pushImage(endpoint(source, repositoryOf(fromStage, image)), tag, shape);
  const from = `${source.host}/${repositoryOf(fromStage, image)}:${tag}`;
  const to = destinations.map(({host}) => `${host}/${repositoryOf(stage, image)}:${tag}`);
  const watched = (name: string, label: string, runs: Contestant['runs']) =>
    watch({name, label, runs}, promotion, digest);
  return {
    ours: watched('corectl', 'corectl', [promotion.corectl(...promoteArguments(promotion))]),
    peers: peers.map(({name, copy}) =>
      watched(
        name,
        to.length === 1 ? name : `${to.length} ${name}`,
        to.map((one) => copy(from, one)),
      ),
    ),
  };
}

/** How corectl is told of a promotion. */
export function promoteArguments({image, stage}: Pick<Promotion, 'image' | 'stage'>): string[] {
  return ['p2p', 'promote', `${image}:${tag}`, ...stageArguments(stage)];
}

/** How corectl is told of a promotion's stages, without the images. */
export function stageArguments(stage: string): string[] {
  return ['--tenant', tenant, '--from-stage', fromStage, '--to-stage', stage];
}

/** The contestant with its destinations emptied before, and with what it did read from the access logs afterwards. */
function watch(contestant: Contestant, promotion: Promotion, digest: string): Contestant {
  const {image, stage, source, destinations, again = false, links = []} = promotion;
  const repository = repositoryOf(stage, image);
  const registries = [...new Set([source, ...destinations].map(({registry}) => registry))];
  let before: number[] = [];
  return {
    ...contestant,
    async prepare() {
      await Promise.all(destinations.map((place) => startingPoint(place, promotion, repository)));
      before = await Promise.all(registries.map(async (registry) => (await registry.requests()).length));
      for (const link of links) link.forget();
    },
    async verify() {
      for (const place of destinations) {
        const found = await digestOf(endpoint(place, repository), tag);
        if (found !== digest)
          throw new Error(`${contestant.label}: ${place.host} has ${found ?? 'nothing'}, not ${digest}`);
      }
      const logs = await Promise.all(
        registries.map(async (registry, at) => (await registry.requests()).slice(before[at])),
      );
      const roundTrips = longestChain(links.flatMap((link) => link.exchanges()));
      return {
        ...findings(logs[0] ?? [], logs.flat(), again),
        ...(links.length > 0 && {counts: {roundTrips}}),
      };
    },
  };
}

/** Empties the destination, or fills it where the image is to be there; the source's registry keeps its own image. */
async function startingPoint(
  place: Place,
  {source, again = false, shape}: Promotion,
  repository: string,
): Promise<void> {
  if (!again) await place.registry.forget(place.registry === source.registry ? repository : undefined);
  else if ((await digestOf(endpoint(place, repository), tag)) === undefined)
    await pushImage(endpoint(place, repository), tag, shape);
}

function findings(
  atSource: readonly LoggedRequest[],
  everywhere: readonly LoggedRequest[],
  again: boolean,
): Findings {
  const reads = atSource.filter(
    ({method, path, status}) => method === 'GET' && path.includes('/blobs/') && status < 300,
  );
  const twice = reads.length - new Set(reads.map(({path}) => path)).size;
  return {
    sourceBytes: reads.reduce((sum, {bytes}) => sum + bytes, 0),
    faults: [
      ...(twice > 0 ? ['blobs were read from the source more than once'] : []),
      ...(again && writes(everywhere) > 0 ? ['something was written'] : []),
    ],
  };
}

/** How many of the requests would change something. */
export function writes(requests: readonly LoggedRequest[]): number {
  return requests.filter(({method}) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method)).length;
}

/** A repository of a registry, reached directly. */
export function endpoint({registry}: Place, repository: string): URL {
  return new URL(`/v2/${repository}`, registry.origin);
}
