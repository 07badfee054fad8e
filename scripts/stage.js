import {copyFile, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {bundle, bundleCommands} from './bundle.js';
import {manifestOf} from './manifest.js';
import {manualOf} from './manual.js';
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
    const manifest = await manifestOfSources(path.join(folder, 'sources'));
    await writeManual(path.join(dist, 'man'), manifest);
    return await use({folder, dist, metafile, manifest});
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** What the commands say of themselves: oclif asks classes in files of their own, in a package. */
async function manifestOfSources(folder) {
  await mkdir(folder);
  await copyFile(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  await bundleCommands(path.join(folder, 'dist'));
  return manifestOf(folder);
}

async function writeManual(folder, manifest) {
  await mkdir(folder);
  const description = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  for (const [name, text] of Object.entries(manualOf(JSON.parse(manifest), description)))
    await writeFile(path.join(folder, name), text);
}
