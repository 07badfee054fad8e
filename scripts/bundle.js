import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';
import {oclifStandIns} from './oclif-stand-ins.js';

/** The project's root. */
export const root = path.resolve(import.meta.dirname, '..');

/** Bundles src/ into `folder`: one ES module a command, chunks shared between them, every dependency inside. */
export async function bundle(folder) {
  await build({
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
    // bundled CommonJS calls require() for Node's own modules
    banner: {
      js: "import {createRequire as corectlRequire} from 'node:module';const require = corectlRequire(import.meta.url);",
    },
    external: ['typescript'],
    plugins: [oclifStandIns],
    logLevel: 'warning',
  });
}

async function commandFiles() {
  const files = await readdir(path.join(root, 'src/commands'), {recursive: true});
  return files.filter((file) => file.endsWith('.ts')).map((file) => path.join('src/commands', file));
}
