import {readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';
import {buildIdentity, release} from './build-identity.js';
import {writeInventory} from './inventory.js';
import {oclifStandIns} from './oclif-stand-ins.js';
import {root} from './root.js';

/**
 * Bundles src/ into `folder`: one ES module a command, chunks shared between them, every dependency inside; beside them what
 * --version says, what those dependencies are, and their licences. Resolves to esbuild's metafile.
 */
export async function bundle(folder) {
  const {metafile} = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: ['src/cli.ts', ...(await commandFiles())],
    outbase: 'src',
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    banner: {js: requiring},
    external: ['typescript'],
    define: {...production, CORECTL_BUILD: JSON.stringify(await buildIdentity())},
    plugins: [oclifStandIns],
    logLevel: 'warning',
  });
  await withoutNeedlessRequire(Object.keys(metafile.outputs).map((file) => path.join(root, file)));
  await writeFile(path.join(folder, 'release.json'), `${JSON.stringify(await release())}\n`);
  await writeInventory(folder, metafile);
  return metafile;
}

// bundled CommonJS calls require() for Node's own modules
const requiring =
  "import {createRequire as corectlRequire} from 'node:module';const require = corectlRequire(import.meta.url);";

/** Most files have no use for it, and each that has one makes its own at every start. */
async function withoutNeedlessRequire(files) {
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const rest = text.replace(`${requiring}\n`, '');
    if (!/\brequire\b/.test(rest)) await writeFile(file, rest);
  }
}

/** What libraries say to their developers is not for users, whatever NODE_ENV is set to where corectl runs. */
export const production = {'process.env.NODE_ENV': JSON.stringify('production')};

async function commandFiles() {
  const files = await readdir(path.join(root, 'src/commands'), {recursive: true});
  return files.filter((file) => file.endsWith('.ts')).map((file) => path.join('src/commands', file));
}
