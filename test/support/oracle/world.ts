// Registries in whatever state they may be in, and a promotion among them, all from one number.
import {Agent} from 'node:http';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import {startRegistry, type RunningRegistry} from '../../../src/lib/registry/server.ts';
import {DirectRequests} from '../direct-requests.ts';
import {randomFrom} from '../random.ts';
import {keepReferrersTags, openStudio, type OracleImage, type Studio} from './images.ts';
import {chanceOf, refused, Weather, type Interference, type Request, type Strike} from './interference.ts';

/** Tags that a page of a cut list has: the smallest that registries are known for. */
const tagPageSize = 50;

export interface Stand {
  readonly studio: Studio;
  readonly weather: Weather;
  /** `dev`, `eu` and `us`; the last has no referrers API. */
  readonly registries: ReadonlyMap<string, RunningRegistry>;
  /** Keeps its connections from one run to the next: opening them takes a fifth of a run. */
  readonly agent: Agent;
  readonly direct: DirectRequests;
  close(): Promise<void>;
}

/** Registries for many worlds one after another: each has repositories of its own. */
export async function openStand(): Promise<Stand> {
  const weather = new Weather();
  const started = await Promise.all(
    ['dev', 'eu', 'us'].map(async (name) => {
      const options = {referrers: name !== 'us', tagPageSize, logLimit: 1, intercept: weather.over(name)};
      return [name, await startRegistry(options)] as const;
    }),
  );
  const registries = new Map(started);
  const agent = new Agent({keepAlive: true, maxSockets: 64});
  const direct = new DirectRequests({
    registries: new Map(
      started.map(([name, {host, handle}]) => [host, {handle, intercept: weather.over(name)}]),
    ),
    turns: () => weather.turns(),
  });
  const close = async () => {
    agent.destroy();
    await Promise.all([...registries.values()].map((registry) => registry.close()));
  };
  return {studio: await openStudio(), weather, registries, agent, direct, close};
}

export type Form = 'derived' | 'explicit' | 'manifests';

/** A repository of one of the registries. */
export interface Spot {
  readonly registry: string;
  readonly path: string;
}

export interface World {
  readonly seed: number;
  readonly form: Form;
  /** What the image is promoted as. */
  readonly tag: string;
  readonly image: OracleImage;
  readonly source: Spot;
  readonly destinations: readonly Spot[];
  readonly overwrite: boolean;
  readonly referrers: boolean;
  readonly verifyContent: boolean;
  readonly allOrNothing: boolean;
  readonly keepGoing: boolean;
  /** Tags that float. */
  readonly floating: readonly string[];
  /** What goes wrong during the first run. */
  readonly interference: (Interference & {readonly interruptAt?: number}) | undefined;
  /** Whether two runs are begun at once. */
  readonly twice: boolean;
  /** Another promotion from and to the same repositories, of another version: both are begun at once in a world of their own. */
  readonly beside: World | undefined;
  /** Whether one more run is to find nothing to do. */
  readonly again: boolean;
  /** Whether its requests go over sockets. */
  readonly onSockets: boolean;
}

/** What a world promotes, and what may be promoted beside it. */
const [tag, laterTag] = ['1.0.0', '1.1.0'];

/** Makes a world of its number: the same one every time, below another path for each `name`. */
export async function makeWorld(stand: Stand, seed: number, name = 's'): Promise<World> {
  const random = randomFrom(seed);
  const chance = (share: number): boolean => random() < share;
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const {images} = stand.studio;
  // mostly small ones: each manifest costs some ten requests
  const anyImage = () => images[Math.floor(random() ** 3 * images.length)]!;
  const [image, other, another] = [anyImage(), anyImage(), anyImage()];
  const form = one<Form>(['derived', 'derived', 'explicit', 'manifests']);
  const source = {registry: one(['dev', 'dev', 'dev', 'eu', 'us']), path: `${name}${seed}/dev/app`};
  const both = ['eu', 'us'].map((registry) => ({registry, path: `${name}${seed}/prod/app`}));
  const destinations = form === 'explicit' ? [one(both)] : both;
  const overwrite = form !== 'manifests' && chance(0.3);
  const kinds = one<readonly string[]>([[], ['1.0'], ['1.0', 'latest']]);
  const floating = form === 'manifests' ? [] : kinds;
  const place = placing(stand, random);
  await place.source(source, image, chance(0.2));
  for (const destination of destinations) {
    await place.destination(destination, {image, other});
    if (floating.length > 0 && chance(0.25))
      await place.laterVersions(destination, {other, another, count: one([1, 1, 3, 58])});
  }
  const crowded = await crowdedAt(stand, destinations);
  for (const registry of stand.registries.keys()) {
    const quirk = chance(0.2) ? one(quirks) : undefined;
    stand.weather.be(registry, crowded.has(registry) && seed % 2 === 0 ? onePage : quirk);
  }
  const delays = randomFrom(-seed);
  stand.weather.turns = () => Math.floor(delays() ** 2 * 4);
  const trouble = interferenceOf(seed, random);
  const world: World = {
    ...{seed, form, tag, image, source, destinations, overwrite, floating},
    referrers: !chance(0.1),
    verifyContent: chance(0.4),
    allOrNothing: form !== 'manifests' && chance(0.2),
    keepGoing: chance(0.3),
    interference: trouble,
    twice: chance(0.1),
    beside: undefined,
    again: chance(0.4),
    onSockets: seed % 10 === 0,
  };
  if (!chance(0.05)) return world;
  const second = one(images.filter(({root}) => root !== image.root));
  await place.later(source, second);
  return {
    ...world,
    beside: {...world, ...besides(one<Form>(['derived', 'explicit', 'manifests']), world), image: second},
  };
}

/** Destinations whose list of tags takes more than a page. */
async function crowdedAt({registries}: Stand, destinations: readonly Spot[]): Promise<Set<string>> {
  const tags = await Promise.all(
    destinations.map(({registry, path}) =>
      new RepositoryStore(registries.get(registry)!.storage, path).tags(),
    ),
  );
  return new Set(
    destinations.filter((_, at) => tags[at]!.length > tagPageSize).map(({registry}) => registry),
  );
}

/** The same in another form, and of the later version. */
function besides(form: Form, {destinations, overwrite, floating}: World): Partial<World> {
  return {
    form,
    tag: laterTag,
    destinations: form === 'explicit' ? destinations.slice(0, 1) : destinations,
    overwrite: form !== 'manifests' && overwrite,
    allOrNothing: false,
    floating: form === 'manifests' ? [] : floating,
  };
}

/** The tags of one page, and not a word of others. */
const onePage: Parameters<Weather['be']>[1] = async (exchange, next) => {
  const {headers, ...answer} = await next(exchange);
  return {
    ...answer,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'link')),
  };
};

/** Answers that a registry may give for ever without anything being wrong with what it holds. */
const quirks = [
  ...[400, 405, 500, 503].map((status) =>
    quirk((method, what) => method === 'HEAD' && what === 'manifests', status),
  ),
  quirk((method, what) => method === 'HEAD' && what === 'blobs', 405),
  (async (exchange, next) => {
    const answer = await next(exchange);
    return /\/referrers\//.test(exchange.path) && answer.status === 404 ? refused(405) : answer;
  }) satisfies Parameters<Weather['be']>[1],
  onePage,
];

function quirk(applies: (method: string, what: string) => boolean, status: number) {
  return ((exchange, next) => {
    const what = /\/(manifests|blobs|referrers|tags)\/[^/]+$/.exec(exchange.path)?.[1] ?? '';
    return applies(exchange.method, what) ? Promise.resolve(refused(status)) : next(exchange);
  }) satisfies Parameters<Weather['be']>[1];
}

const strikes: readonly Strike[] = [
  ...([500, 503, 429] as const),
  ...(['web page', 'reset', 'cut answer', 'lost answer', 'lost answer'] as const),
];

/** None, some requests at random, one kind of request for good, a registry that ends, all of them at once, or an interruption. */
function interferenceOf(seed: number, random: () => number): World['interference'] {
  const [kind, share, from] = [random(), random() < 0.5 ? 0.1 : 0.35, Math.floor(random() * 50)];
  const dead = random() < 0.5 ? 'eu' : 'us';
  const byChance = ({registry, method, what, before}: Request): Strike | undefined => {
    const roll = chanceOf(`${seed} ${registry} ${method} ${what} ${before}`);
    return roll < share ? strikes[Math.floor((roll / share) * strikes.length)] : undefined;
  };
  const forGood = ({registry, method, what}: Request): Strike | undefined =>
    chanceOf(`${seed} ${registry} ${method} ${what}`) < share / 8 ? 403 : undefined;
  if (kind < 0.5) return undefined;
  if (kind < 0.65) return {strike: byChance};
  if (kind < 0.72) return {strike: forGood};
  if (kind < 0.8)
    return {strike: ({registry, count}) => (registry === dead && count >= from ? 'reset' : undefined)};
  // nothing more is heard of it, as after kill -9
  if (kind < 0.92) return {strike: ({count}) => (count >= from ? 'reset' : undefined), interruptAt: from};
  return {strike: () => undefined, interruptAt: from};
}

/** Puts images where they are, or parts of them. */
function placing({studio, registries}: Stand, random: () => number) {
  const storeAt = ({registry, path}: Spot) => new RepositoryStore(registries.get(registry)!.storage, path);
  const chance = (share: number): boolean => random() < share;

  /** Each manifest and blob with this probability, then cosign's tags and the lists of referrers for what is there. */
  async function put(spot: Spot, {contents}: OracleImage, share: number): Promise<void> {
    const {storage} = registries.get(spot.registry)!;
    const store = storeAt(spot);
    for (const [digest, {mediaType, bytes}] of contents.manifests)
      if (chance(share)) await store.putManifest(bytes, mediaType, digest);
    for (const digest of contents.blobs) {
      if (!chance(share)) continue;
      const writer = await storage.writer();
      for await (const chunk of (await studio.storage.blob(digest))!.read())
        await writer.append(chunk as Buffer);
      await store.commitBlob(writer, digest);
    }
    for (const [name, digest] of contents.tags)
      if ((await store.manifest(digest)) !== undefined && chance(share)) await store.tag(name, digest);
    if (spot.registry === 'us' && chance(share)) await keepReferrersTags(storage, spot.path);
  }

  return {
    source: async (spot: Spot, image: OracleImage, damaged: boolean) => {
      await put(spot, image, damaged ? 0.9 : 1);
      if (!damaged || chance(0.9)) await storeAt(spot).tag(tag, image.root);
    },
    later: async (spot: Spot, image: OracleImage) => {
      await put(spot, image, 1);
      await storeAt(spot).tag(laterTag, image.root);
    },
    destination: async (spot: Spot, {image, other}: {image: OracleImage; other: OracleImage}) => {
      const [state, share] = [random(), 0.4 + random() * 0.6];
      const store = storeAt(spot);
      if (state < 0.15) return;
      await put(spot, image, state < 0.3 ? 1 : share);
      if (state < 0.55 && (await store.manifest(image.root))) await store.tag(tag, image.root);
      if (state > 0.75) {
        await put(spot, other, chance(0.5) ? 1 : share);
        if (await store.manifest(other.root)) await store.tag(tag, other.root);
      }
      if (state > 0.55 && state < 0.62) await store.tag(tag, digestOf(Buffer.from('nothing')));
    },
    /**
     * `1.0` and `latest` are at the first version after this one or, of many, at one that is neither among the latest nor on
     * the first page of a list; all others are another image.
     */
    laterVersions: async (
      spot: Spot,
      {other, another, count}: {other: OracleImage; another: OracleImage; count: number},
    ) => {
      const store = storeAt(spot);
      await put(spot, other, 1);
      await put(spot, another, 1);
      const at = count > tagPageSize ? 7 : 1;
      for (let patch = 1; patch <= count; patch += 1)
        await store.tag(`1.0.${patch}`, patch === at ? other.root : another.root);
      for (const name of ['1.0', 'latest']) await store.tag(name, other.root);
    },
  };
}

/** Whether a tag is a later version than another one: tags that float and are at its digest are not to move back. */
export function isLater(name: string, than: string): boolean {
  const [one, other] = [name, than].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = one.findIndex((part, i) => part !== other[i]);
  return one.length === 3 && at >= 0 && one[at]! > other[at]!;
}
