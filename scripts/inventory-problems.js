import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {licensesFile, sbomFile} from './inventory.js';

/** Licences that let a bundle be given away with their text and without conditions on the rest; another one is for people to decide on. */
const accepted = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

/** What is wrong with the licences and the inventory beside a bundle, one line each: a package that one does not name, a licence that nobody accepted. */
export async function inventoryProblems(dist, metafile) {
  const licenses = await readFile(path.join(dist, licensesFile), 'utf8');
  const {components} = JSON.parse(await readFile(path.join(dist, sbomFile), 'utf8'));
  const listed = new Set(
    components.map(({group, name}) => (group === undefined ? name : `${group}/${name}`)),
  );
  return [
    ...namesIn(metafile).flatMap((name) => [
      ...(listed.has(name) ? [] : [`${sbomFile} does not name ${name}, which is bundled`]),
      ...(licenses.includes(`\n${name} `) ? [] : [`${licensesFile} does not name ${name}, which is bundled`]),
    ]),
    ...components.flatMap(({name, version, licenses: [given]}) =>
      isAccepted(given?.expression ?? given?.license.id)
        ? []
        : [
            `${name} ${version} has the licence ${given?.expression ?? given?.license.id}, which is not in the list`,
          ],
    ),
  ];
}

/** The bundled packages by the folders that code came from, however they call themselves. */
function namesIn({outputs}) {
  const files = Object.values(outputs).flatMap(({inputs}) => Object.keys(inputs));
  const names = files.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** One of several that may be chosen from is enough; of several that all apply, each must be. */
function isAccepted(license) {
  const words = license.replace(/[()]/g, ' ').split(/\s+/).filter(Boolean);
  const names = words.filter((word) => word !== 'OR' && word !== 'AND');
  return words.includes('AND') || !words.includes('OR')
    ? names.every((name) => accepted.has(name))
    : names.some((name) => accepted.has(name));
}
