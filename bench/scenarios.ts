import {again} from './again.ts';
import {farWithinOne, farToThree} from './far.ts';
import {install} from './install.ts';
import {limited} from './limited.ts';
import {many} from './many.ts';
import {writeManifests} from './manifests.ts';
import type {Laboratory} from './laboratory.ts';
import {fastest, type Contest} from './contest.ts';
import {policy} from './policy.ts';
import {contestants} from './promotion.ts';
import {largeShape, layeredShape} from './shapes.ts';
import type {Settings} from './settings.ts';
import {startUp} from './start-up.ts';
import {throttled} from './throttled.ts';

export interface Scenario {
  readonly needsRegistries: boolean;
  /** Pushes what it needs and says what is to be compared. */
  contests(laboratory: Laboratory, settings: Settings): Promise<readonly Contest[]>;
}

/** Every scenario by the name that --only takes. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  one: {
    needsRegistries: true,
    async contests(laboratory, {size}) {
      const {source, destinations, corectl} = laboratory;
      const promotion = {image: 'large', shape: largeShape(size), stage: 'one', source, corectl};
      return [
        {
          title: 'to one registry',
          goals: [
            {of: 'skopeo', in: 'time', atMost: 1},
            {of: 'crane', in: 'processor', atMost: 1.4},
          ],
          ...(await contestants(laboratory, {...promotion, destinations: destinations.slice(0, 1)})),
        },
      ];
    },
  },
  three: {
    needsRegistries: true,
    async contests(laboratory, {size}) {
      const promotion = {...laboratory, image: 'large', shape: largeShape(size), stage: 'three'};
      return [
        {
          title: 'to three registries',
          goals: [{of: 'skopeo', in: 'time', atMost: 0.7}],
          memoryLimit: 200e6,
          ...(await contestants(laboratory, promotion)),
        },
      ];
    },
  },
  limited: {
    needsRegistries: true,
    contests: async (laboratory, settings) => [await limited(laboratory, settings)],
  },
  mounts: {
    needsRegistries: true,
    async contests(laboratory) {
      const {source, corectl} = laboratory;
      const promotion = {image: 'layered', shape: layeredShape, stage: 'same', source, corectl};
      return [
        {
          title: 'within one registry',
          goals: [
            {of: 'skopeo', in: 'time', atMost: 0.7},
            {of: fastest, in: 'time', atMost: 1},
          ],
          ...(await contestants(laboratory, {...promotion, destinations: [source]})),
        },
      ];
    },
  },
  again: {needsRegistries: true, contests: again},
  manifests: {
    needsRegistries: false,
    async contests(laboratory) {
      const {folder, images, digests} = await writeManifests(laboratory.folder);
      const label = `corectl manifest check, ${images} images with ${digests} digests`;
      const runs = [laboratory.corectl('manifest', 'check', '--thin-manifest-dir', folder)];
      const ours = {name: 'corectl', label, runs};
      return [{title: 'a large manifest', timeLimit: 3000, memoryLimit: 300e6, ours}];
    },
  },
  'start-up': {needsRegistries: false, contests: startUp},
  far: {
    needsRegistries: true,
    contests: async (laboratory) => [await farWithinOne(laboratory), await farToThree(laboratory)],
  },
  policy: {needsRegistries: false, contests: async (laboratory) => [await policy(laboratory)]},
  many: {needsRegistries: true, contests: many},
  throttled: {needsRegistries: true, contests: throttled},
  install: {needsRegistries: true, contests: install},
};
