import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';
import {buildIdentity, release} from './build-identity.js';
import {otherBuilds, production} from './bundle.js';
import {oclifCommands} from './oclif-commands.js';
import {oclifStandIns} from './oclif-stand-ins.js';
import {root} from './root.js';

/** Bundles everything into one CommonJS file, which programs that contain their JavaScript start from; `runtime` is for --version. Resolves to esbuild's metafile. */
export async function bundleOneFile(file, runtime) {
  const {metafile} = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: ['src/one-file.ts'],
    outfile: file,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    external: ['typescript'],
    define: {
      ...production,
      CORECTL_BUILD: JSON.stringify(await buildIdentity()),
      CORECTL_ONE_FILE: 'true',
      // the folder that it was built in is no part of it, and none of its libraries is to read anything there
      __dirname: JSON.stringify('/dev/null'),
      CORECTL_RELEASE: JSON.stringify({...(await release()), runtime}),
    },
    alias: otherBuilds,
    plugins: [contained, oclifCommands, oclifStandIns],
    logLevel: 'warning',
  });
  return metafile;
}

/** Gives oclif what it would read from the package's folder. */
const contained = {
  name: 'contained',
  setup(build) {
    build.onResolve({filter: /^corectl:/}, ({path}) => ({path, namespace: 'contained'}));
    build.onLoad({filter: /^corectl:package$/, namespace: 'contained'}, () => ({
      contents: `export const packageDocument = () => require(${JSON.stringify(path.join(root, 'package.json'))});`,
      resolveDir: root,
    }));
    build.onLoad({filter: /@oclif\/core\/lib\/util\/fs\.js$/}, async ({path: file}) => ({
      contents: `${await readFile(file, 'utf8')}
        exports.readJson = async () => require(${JSON.stringify(path.join(root, 'oclif.manifest.json'))});`,
      resolveDir: path.dirname(file),
    }));
  },
};
