import {copyFile, mkdir, mkdtemp, rm} from 'node:fs/promises';
import path from 'node:path';
import {bundle, root} from './bundle.js';
import {manifestOf} from './manifest.js';

/**
 * Builds aside, in a folder on the same file system that is removed afterwards, and hands
 * `{dist, manifest}` to `use`: the bundle's folder and the text of oclif.manifest.json.
 */
export async function staged(use) {
  const cache = path.join(root, 'node_modules/.cache');
  await mkdir(cache, {recursive: true});
  const stage = await mkdtemp(path.join(cache, 'corectl-build-'));
  try {
    const dist = path.join(stage, 'dist');
    await bundle(dist);
    await copyFile(path.join(root, 'package.json'), path.join(stage, 'package.json'));
    return await use({dist, manifest: await manifestOf(stage)});
  } finally {
    await rm(stage, {recursive: true, force: true});
  }
}
