// Writes dist/, oclif.manifest.json and docs/reference.md. dist/ is swapped in whole, so that a run of the old one is not caught half-way.
import {readFile, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {referenceOf} from './reference.js';
import {root} from './root.js';
import {staged} from './stage.js';

await staged(async ({dist, manifest}) => {
  await replace(path.join(root, 'dist'), dist);
  await write('oclif.manifest.json', manifest);
  await write('docs/reference.md', referenceOf(JSON.parse(manifest)));
});

/** Leaves a file alone that says so already. */
async function write(name, text) {
  const file = path.join(root, name);
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFile(file, text);
}

/** Moves `fresh` to `folder`, again where another build put its own there in between; the old one is removed. */
async function replace(folder, fresh, attempts = 5) {
  const old = `${fresh}-old`;
  await rename(folder, old).catch(unless('ENOENT'));
  try {
    await rename(fresh, folder);
  } catch (error) {
    if (attempts === 1) throw error;
    unless('ENOTEMPTY', 'EEXIST')(error);
    await rm(old, {recursive: true, force: true});
    await replace(folder, fresh, attempts - 1);
  }
  // not in between: until the new one has its name, nothing runs
  await rm(old, {recursive: true, force: true});
}

function unless(...codes) {
  return (error) => {
    if (!codes.includes(error.code)) throw error;
  };
}
