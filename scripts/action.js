// Assembles the GitHub action into a folder, with corectl inside: node scripts/action.js FOLDER. A release pushes it to a tag.
import {cp, mkdir, readdir} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';
import {root} from './root.js';
import {staged} from './stage.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/action.js FOLDER');

await mkdir(folder, {recursive: true});
if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`);
await staged(async ({dist}) => {
  await cp(dist, path.join(folder, 'dist'), {recursive: true});
});
for (const name of [
  'bin/run.js',
  'bin/package.json',
  'package.json',
  'oclif.manifest.json',
  'LICENSE',
  'CHANGELOG.md',
]) {
  await cp(path.join(root, name), path.join(folder, name));
}
await cp(path.join(root, 'action/action.yml'), path.join(folder, 'action.yml'));
await cp(path.join(root, 'docs/action.md'), path.join(folder, 'README.md'));
await build({
  absWorkingDir: root,
  entryPoints: ['action/main.ts'],
  outfile: path.resolve(folder, 'main.js'),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});
