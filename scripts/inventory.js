import {readdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {root} from './root.js';

/** The names of the two files that tell, beside the bundle, what is in it. */
export const licensesFile = 'THIRD-PARTY-LICENSES';
export const sbomFile = 'sbom.cdx.json';

/**
 * Writes into `folder`, for everything that esbuild's metafile says is in the bundle, the licences' texts and an inventory
 * in CycloneDX. Both follow from the packages alone: the same ones give the same bytes. `others` are in it besides, such as a runtime.
 */
export async function writeInventory(folder, metafile, others = []) {
  const packages = [...(await bundledPackages(metafile)), ...others];
  const own = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  await writeFile(path.join(folder, licensesFile), licensesText(packages));
  await writeFile(path.join(folder, sbomFile), `${JSON.stringify(sbomOf(own, packages), null, 2)}\n`);
}

/** The packages of which a file is in the bundle, each with its licence's text, sorted. */
async function bundledPackages({inputs}) {
  const folders = [...new Set(Object.keys(inputs).map(packageFolder))].filter((one) => one !== undefined);
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  const found = await Promise.all(folders.map((folder) => packageIn(folder, lock.packages[folder])));
  const distinct = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...distinct.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** `node_modules/a/node_modules/@b/c` of a file below it. */
function packageFolder(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

async function packageIn(folder, locked) {
  const {name, version, license, licenses, author} = JSON.parse(
    await readFile(path.join(root, folder, 'package.json'), 'utf8'),
  );
  const files = (await readdir(path.join(root, folder))).filter((file) =>
    /^(?:licen[cs]e|copying|notice)/i.test(file),
  );
  const texts = await Promise.all(
    files.sort().map(async (file) => (await readFile(path.join(root, folder, file), 'utf8')).trim()),
  );
  return {
    name,
    version,
    license: license?.type ?? license ?? licenses?.map(({type}) => type).join(' OR ') ?? 'unknown',
    author: author?.name ?? author,
    texts,
    integrity: locked?.integrity,
  };
}

/** A text that several packages share stands once, below all of them. */
function licensesText(packages) {
  const byText = groupBy(packages, textOf);
  const sections = [...byText].map(([text, ones]) => `${ones.map(headline).join('\n')}\n\n${text}\n`);
  return `corectl holds code of the packages below, each under the licence that follows its name.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

const headline = ({name, version, license, author}) =>
  `${name} ${version} (${license})${author === undefined ? '' : `, ${author}`}`;

const textOf = ({texts, license}) =>
  texts.length > 0
    ? texts.join('\n\n')
    : `The package has no licence's text; its package.json says ${license}.`;

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** CycloneDX 1.6, without a serial number or a time, which would differ from build to build. */
function sbomOf(own, packages) {
  const ref = purl(own);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {type: 'application', 'bom-ref': ref, name: own.name, version: own.version, purl: ref},
    },
    components: packages.map(component),
    dependencies: [{ref, dependsOn: packages.map(purl)}],
  };
}

function component({name, version, license, integrity}) {
  const [scope, base] = name.startsWith('@') ? name.split('/') : [undefined, name];
  return {
    type: 'library',
    'bom-ref': purl({name, version}),
    ...(scope !== undefined && {group: scope}),
    name: base,
    version,
    purl: purl({name, version}),
    licenses: [/\s/.test(license) ? {expression: license} : {license: {id: license}}],
    ...(integrity?.startsWith('sha512-') && {
      hashes: [{alg: 'SHA-512', content: Buffer.from(integrity.slice(7), 'base64').toString('hex')}],
    }),
  };
}

const purl = ({name, version}) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
