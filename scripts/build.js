// Builds dist/: one ES module a command, chunks shared between them, every dependency inside.
import {readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const commands = (await readdir(path.join(root, 'src/commands'), {recursive: true}))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.join('src/commands', file));

await rm(path.join(root, 'dist'), {recursive: true, force: true});
await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.ts', ...commands],
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: 'none',
  // bundled CommonJS calls require() for Node's own modules
  banner: {
    js: "import {createRequire as corectlRequire} from 'node:module';const require = corectlRequire(import.meta.url);",
  },
  external: ['typescript'],
  logLevel: 'warning',
});
