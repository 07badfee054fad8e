import type {LoggedRequest, RealRegistry} from '../test/support/real-registry.ts';
import type {Contest, Contestant, Findings} from './contest.ts';
import {digestOf, pushImage, type ImageShape} from './image.ts';
import {writeManifests} from './manifests.ts';
import {fromStage, repositoryOf, type Laboratory, type ToStage} from './laboratory.ts';

export interface Settings {
  /** The size of the large image, in bytes. */
  readonly size: number;
}

export interface Scenario {
  readonly needsRegistries: boolean;
  /** Pushes what it needs and says what is to be compared. */
  contests(laboratory: Laboratory, settings: Settings): Promise<readonly Contest[]>;
}

const tag = '1.0.0';
const large = 'large';
const layered = 'layered';
const layeredShape: ImageShape = {platforms: ['amd64', 'arm64'], layers: 40, layerSize: 64 * 1024};

/** Every scenario by the name that --only takes. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  one: {
    needsRegistries: true,
    async contests(laboratory, {size}) {
      const promotion = {
        image: large,
        stage: 'one',
        destinations: laboratory.destinations.slice(0, 1),
      } as const;
      const digest = await pushed(laboratory, large, largeShape(size));
      return [{title: 'to one registry', target: 1, ...copies(laboratory, {...promotion, digest})}];
    },
  },
  three: {
    needsRegistries: true,
    async contests(laboratory, {size}) {
      const promotion = {image: large, stage: 'three', destinations: laboratory.destinations} as const;
      const digest = await pushed(laboratory, large, largeShape(size));
      const sides = copies(laboratory, {...promotion, digest});
      return [{title: 'to three registries', target: 0.7, memoryLimit: 200e6, ...sides}];
    },
  },
  mounts: {
    needsRegistries: true,
    async contests(laboratory) {
      const promotion = {image: layered, stage: 'same', destinations: [laboratory.source]} as const;
      const digest = await pushed(laboratory, layered, layeredShape);
      return [{title: 'within one registry', target: 0.7, ...copies(laboratory, {...promotion, digest})}];
    },
  },
  again: {
    needsRegistries: true,
    async contests(laboratory) {
      const promotion = {image: layered, stage: 'three', destinations: laboratory.destinations} as const;
      const digest = await pushed(laboratory, layered, layeredShape);
      const sides = copies(laboratory, {...promotion, digest, again: true});
      return [{title: 'to three again', target: 0.7, ...sides}];
    },
  },
  manifests: {
    needsRegistries: false,
    async contests(laboratory) {
      const {folder, images, digests} = await writeManifests(laboratory.folder);
      const label = `corectl manifest check, ${images} images with ${digests} digests`;
      const ours = {label, runs: [laboratory.corectl('manifest', 'check', '--thin-manifest-dir', folder)]};
      return [{title: 'a large manifest', target: Infinity, timeLimit: 3000, memoryLimit: 300e6, ours}];
    },
  },
  'start-up': {
    needsRegistries: false,
    contests(laboratory) {
      const peer = {label: 'node -e 0', runs: [laboratory.node('-e', '0')]};
      const start = (target: number, ...args: string[]): Contest => {
        const label = `corectl ${args.join(' ')}`;
        return {title: label, target, peer, ours: {label, runs: [laboratory.corectl(...args)]}};
      };
      return Promise.resolve([
        start(1.6, '--version'),
        start(4, 'p2p', 'promote', '--help'),
        start(4, 'p2p', 'stages'),
      ]);
    },
  },
};

interface Promotion {
  readonly image: string;
  readonly digest: string;
  readonly stage: ToStage;
  readonly destinations: readonly RealRegistry[];
  /** The destinations keep what they have: nothing may be written. */
  readonly again?: boolean;
}

function largeShape(size: number): ImageShape {
  const layers = 8;
  return {platforms: ['amd64'], layers, layerSize: Math.ceil(size / layers)};
}

function pushed({source}: Laboratory, image: string, shape: ImageShape): Promise<string> {
  return pushImage(endpoint(source, repositoryOf(fromStage, image)), tag, shape);
}

/** corectl, and as many skopeo side by side as there are destinations. */
function copies(laboratory: Laboratory, promotion: Promotion): {ours: Contestant; peer?: Contestant} {
  const {image, stage, destinations} = promotion;
  const arguments_ = ['--tenant', 'bench', '--from-stage', fromStage, '--to-stage', stage];
  const from = `${laboratory.source.host}/${repositoryOf(fromStage, image)}:${tag}`;
  const ours = {
    label: 'corectl',
    runs: [laboratory.corectl('p2p', 'promote', `${image}:${tag}`, ...arguments_)],
  };
  const peer = {
    label: destinations.length === 1 ? 'skopeo' : `${destinations.length} skopeo`,
    runs: destinations.map(({host}) =>
      laboratory.skopeoCopy(from, `${host}/${repositoryOf(stage, image)}:${tag}`),
    ),
  };
  const watched = {ours: watch(ours, laboratory, promotion)};
  return laboratory.skopeo ? {...watched, peer: watch(peer, laboratory, promotion)} : watched;
}

/** The contestant with its destinations emptied before, and with what it did read from the access logs afterwards. */
function watch(contestant: Contestant, {source}: Laboratory, promotion: Promotion): Contestant {
  const {image, digest, stage, destinations, again = false} = promotion;
  const repository = repositoryOf(stage, image);
  const registries = [...new Set([source, ...destinations])];
  let before: number[] = [];
  return {
    ...contestant,
    async prepare() {
      if (!again)
        await Promise.all(
          destinations.map((registry) => registry.forget(emptied(registry, source, repository))),
        );
      else await Promise.all(destinations.map((registry) => fill(registry, image, repository)));
      before = await Promise.all(registries.map(async (registry) => (await registry.requests()).length));
    },
    async verify() {
      for (const registry of destinations) {
        const found = await digestOf(endpoint(registry, repository), tag);
        if (found !== digest)
          throw new Error(`${contestant.label}: ${registry.host} has ${found ?? 'nothing'}`);
      }
      const logs = await Promise.all(
        registries.map(async (registry, at) => (await registry.requests()).slice(before[at])),
      );
      return findings(logs[0] ?? [], logs.flat(), again);
    },
  };
}

/** A destination that is the source too loses only the repository; another one everything. */
function emptied(registry: RealRegistry, source: RealRegistry, repository: string): string | undefined {
  return registry === source ? repository : undefined;
}

async function fill(registry: RealRegistry, image: string, repository: string): Promise<void> {
  if ((await digestOf(endpoint(registry, repository), tag)) !== undefined) return;
  if (image !== layered) throw new Error('only the layered image is promoted again');
  await pushImage(endpoint(registry, repository), tag, layeredShape);
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
  const writes = everywhere.filter(({method}) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method));
  return {
    sourceBytes: reads.reduce((sum, {bytes}) => sum + bytes, 0),
    faults: [
      ...(twice > 0 ? ['blobs were read from the source more than once'] : []),
      ...(again && writes.length > 0 ? ['something was written'] : []),
    ],
  };
}

function endpoint(registry: RealRegistry, repository: string): URL {
  return new URL(`/v2/${repository}`, registry.origin);
}
