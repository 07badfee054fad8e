import {fastest, type Contest, type Results} from './contest.ts';
import {startDelay, type FarLink} from './delay.ts';
import {fromStage, tenant, type Laboratory, type Place} from './laboratory.ts';
import {fastestOf} from './outcome.ts';
import {contestants} from './promotion.ts';
import {smallShape} from './shapes.ts';

/** Milliseconds that a byte is under way to a registry, or back. */
const oneWay = 20;

interface FarPlace extends Place {
  readonly link: FarLink;
}

/** Mounts in a registry that is far away. */
export async function farWithinOne(laboratory: Laboratory): Promise<Contest> {
  const source = await far(laboratory, laboratory.source);
  return contest(laboratory, {title: 'far, within one registry', source, destinations: [source], least: 6});
}

/** Small layers from a registry that is far away to three others that are, too. */
export async function farToThree(laboratory: Laboratory): Promise<Contest> {
  const source = await far(laboratory, laboratory.source);
  const destinations: FarPlace[] = [];
  for (const place of laboratory.destinations) destinations.push(await far(laboratory, place));
  return contest(laboratory, {title: 'far, to three registries', source, destinations, least: 7});
}

interface FarPromotion {
  readonly title: string;
  readonly source: FarPlace;
  readonly destinations: readonly FarPlace[];
  /**
   * The fewest round trips: connect; the index by its tag; the platform's manifest; a mount of each blob, or its content
   * while an upload begins; where it was not a mount, the content's upload; the manifest; the index under its tag.
   */
  readonly least: number;
}

async function contest(laboratory: Laboratory, promotion: FarPromotion): Promise<Contest> {
  const {title, source, destinations, least} = promotion;
  const stage = 'far';
  const names = destinations.map((place, at) => (place === source ? 'dev' : `far-${at}`));
  const hosts = Object.fromEntries(destinations.map(({host}, at) => [names[at] ?? '', host]));
  const corectl = await laboratory.initialised({
    tenant,
    environments: {dev: source.host, ...hosts},
    stages: {
      [fromStage]: {environments: ['dev'], next: [stage]},
      [stage]: {environments: names, next: []},
    },
  });
  const links = [...new Set([source, ...destinations])].map(({link}) => link);
  const journey = {image: 'small', shape: smallShape, stage, source, destinations, corectl, links};
  return {
    title,
    goals: [{of: fastest, in: 'time', atMost: 0.5}],
    ...(await contestants(laboratory, journey)),
    notes: (results) => [trips(results, least)],
  };
}

async function far(laboratory: Laboratory, {registry}: Place): Promise<FarPlace> {
  const link = laboratory.closing(await startDelay(registry.host, oneWay));
  return {registry, host: link.host, link};
}

function trips({ours, peers}: Results, least: number): string {
  const quickest = fastestOf(peers);
  const theirs = quickest === undefined ? '' : `; ${quickest.label}: ${quickest.counts.roundTrips ?? 0}`;
  return `${ours.counts.roundTrips ?? 0} round trips of ${2 * oneWay} ms one after another, where ${least} are the fewest possible${theirs}`;
}
