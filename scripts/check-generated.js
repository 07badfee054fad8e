// Fails when oclif.manifest.json or docs/reference.md is not what the sources give, when a page shows a command or flag that
// does not exist, or when something is bundled whose licence is not told or not accepted.
import {readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {root} from './root.js';
import {complaints} from './documented-commands.js';
import {inventoryProblems} from './inventory-problems.js';
import {manualOf} from './manual.js';
import {referenceOf} from './reference.js';
import {staged} from './stage.js';

const problems = await staged(async ({manifest, dist, metafile}) => [
  ...(await inventoryProblems(dist, metafile)),
  ...(await manifestProblems(manifest)),
  ...(await manualProblems(JSON.parse(manifest))),
  ...(await pageProblems(JSON.parse(manifest).commands)),
]);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function manifestProblems(manifest) {
  const stale = [
    ...(await staleness('oclif.manifest.json', manifest)),
    ...(await staleness('docs/reference.md', referenceOf(JSON.parse(manifest)))),
  ];
  return manifest.includes(root)
    ? [...stale, `oclif.manifest.json holds a path of this machine: ${root}`]
    : stale;
}

/** npm links no page that package.json does not name. */
async function manualProblems(manifest) {
  const description = JSON.parse(await text('package.json'));
  const pages = Object.keys(manualOf(manifest, description)).map((name) => `./dist/man/${name}`);
  return [
    ...pages
      .filter((page) => !description.man.includes(page))
      .map((page) => `package.json's man lacks ${page}`),
    ...description.man
      .filter((page) => !pages.includes(page))
      .map((page) => `package.json's man names ${page}: no command has it`),
  ];
}

async function staleness(file, wanted) {
  return (await text(file)) === wanted ? [] : [`${file} is stale: npm run build writes it`];
}

async function pageProblems(commands) {
  const docs = (await readdir(path.join(root, 'docs'), {recursive: true})).map((file) =>
    path.join('docs', file),
  );
  const pages = ['README.md', 'CONTRIBUTING.md', ...docs].filter((file) => file.endsWith('.md'));
  const found = await Promise.all(pages.map(async (page) => complaints(page, await text(page), commands)));
  return found.flat();
}

function text(page) {
  return readFile(path.join(root, page), 'utf8').catch(() => '');
}
