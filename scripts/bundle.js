import {createHash} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';
import {buildIdentity, release} from './build-identity.js';
import {writeInventory} from './inventory.js';
import {commandFiles, oclifCommands} from './oclif-commands.js';
import {oclifStandIns} from './oclif-stand-ins.js';
import {root} from './root.js';

/**
 * Bundles src/ into `folder`: the small entry that Node runs, one file with all commands and what they share, and one for
 * each library that is seldom needed, every dependency inside; beside them what --version says, what those dependencies
 * are, and their licences. Few files start quicker than many, and a library of a cloud is as large as all else. Resolves to
 * esbuild's metafile.
 */
export async function bundle(folder) {
  const libraries = new Map();
  const define = {...production, CORECTL_BUILD: JSON.stringify(await buildIdentity())};
  const bundled = (options) => build({...common, outdir: folder, define, ...options});
  const parts = [
    await bundled({entryPoints: ['src/start.ts']}),
    await bundled({
      entryPoints: ['src/cli.ts'],
      plugins: [apart(libraries), oclifCommands, oclifStandIns],
    }),
    await bundled({
      entryPoints: Object.fromEntries(
        [...libraries].map(([name, file]) => [`${librariesFolder}/${name}`, file]),
      ),
    }),
  ];
  const metafile = {
    inputs: Object.assign({}, ...parts.map(({metafile}) => metafile.inputs)),
    outputs: Object.assign({}, ...parts.map(({metafile}) => metafile.outputs)),
  };
  for (const file of Object.keys(metafile.outputs)) await writeDigest(path.join(root, file));
  await writeFile(path.join(folder, 'release.json'), `${JSON.stringify(await release())}\n`);
  await writeInventory(folder, metafile);
  return metafile;
}

/** Bundles the commands' classes into `folder`, a file each below commands/, for whoever asks them what they are. */
export async function bundleCommands(folder) {
  await build({
    ...common,
    entryPoints: await commandFiles(),
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    outExtension: {},
    format: 'esm',
    splitting: true,
    banner: {
      js: "import {createRequire as corectlRequire} from 'node:module';const require = corectlRequire(import.meta.url);",
    },
    plugins: [oclifStandIns],
  });
}

/** What libraries say to their developers is not for users, whatever NODE_ENV is set to where corectl runs. */
export const production = {'process.env.NODE_ENV': JSON.stringify('production')};

/**
 * Packages of which another build than Node's is bundled: yaml's for Node prints all that it reads on stdout where LOG_STREAM
 * or LOG_TOKENS are set, which is all that makes the two differ.
 */
export const otherBuilds = {yaml: path.join(root, 'node_modules/yaml/browser/index.js')};

const common = {
  metafile: true,
  absWorkingDir: root,
  outbase: 'src',
  outExtension: {'.js': '.cjs'},
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  // import() becomes require(), by which src/lib/cli/start loads the libraries
  supported: {'dynamic-import': false},
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  external: ['typescript'],
  define: production,
  alias: otherBuilds,
  logLevel: 'warning',
};

const librariesFolder = 'libraries';

/** Leaves out what is imported lazily and is a package, or a file that says what is used of some: each becomes a file of its own. */
const apart = (libraries) => ({
  name: 'apart',
  setup(build) {
    build.onResolve({filter: /./}, async ({path: id, kind, resolveDir, importer, pluginData}) => {
      const isLazy = kind === 'dynamic-import' && importer.startsWith(`${root}/src/`);
      if (!isLazy || id.startsWith('node:') || pluginData === 'resolving') return undefined;
      const found = await build.resolve(id, {kind, resolveDir, importer, pluginData: 'resolving'});
      if (!(await isLibrary(id, found.path))) return undefined;
      const name = nameOf(found.path);
      libraries.set(name, found.path);
      return {path: `./${librariesFolder}/${name}.cjs`, external: true};
    });
  },
});

/** Whether an import is a package's, or a file's that hands on what packages export and has nothing else of the project. */
async function isLibrary(id, file) {
  if (!id.startsWith('.')) return true;
  const text = await readFile(file, 'utf8');
  return /^export \{[^}]*\} from '[^.]/m.test(text) && !/ from '\./.test(text);
}

/** `execa`, `aws-kms-library`: the package, or the file with its folder. */
function nameOf(file) {
  const [, inPackage] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file) ?? [];
  const name = inPackage ?? `${path.basename(path.dirname(file))}-${path.basename(file, '.ts')}`;
  return name.replace('@', '').replace('/', '-');
}

/** Begins a file with the digest of the rest, by which its compiled code is known. */
async function writeDigest(file) {
  const text = await readFile(file, 'utf8');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  await writeFile(file, `/*${digest}*/${text}`);
}
