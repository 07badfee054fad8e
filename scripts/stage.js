import {copyFile, mkdir, mkdtemp, rm} from 'node:fs/promises';
import path from 'node:path';
import {bundle} from './bundle.js';
import {manifestOf} from './manifest.js';
import {root} from './root.js';

const cache = path.join(root, 'node_modules/.cache');

/**
 * Builds aside, in a folder that is removed afterwards, and hands `{folder, dist, metafile, manifest}` to `use`: the
 * folder, the bundle's in it, what esbuild tells of that, and the text of oclif.manifest.json. It lies on the project's file system unless `parent` is told.
 */
export async function staged(use, parent = cache) {
  await mkdir(parent, {recursive: true});
  const folder = await mkdtemp(path.join(parent, 'corectl-build-'));
  try {
    const dist = path.join(folder, 'dist');
    const metafile = await bundle(dist);
    await copyFile(path.join(root, 'package.json'), path.join(folder, 'package.json'));
    return await use({folder, dist, metafile, manifest: await manifestOf(folder)});
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}
