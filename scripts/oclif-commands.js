import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {root} from './root.js';

/** An esbuild plugin that bundles the commands, each evaluated when it is run: oclif finds them by their names instead of their files. */
export const oclifCommands = {
  name: 'oclif-commands',
  setup(build) {
    build.onLoad({filter: /@oclif\/core\/lib\/module-loader\.js$/}, async () => ({
      contents: await commandLoader(),
      resolveDir: root,
    }));
    // nothing is compiled from TypeScript while it runs, whatever runs it
    build.onLoad({filter: /@oclif\/core\/lib\/config\/ts-path\.js$/}, () => ({
      contents: 'exports.tsPath = async (root, file) => file;',
    }));
  },
};

async function commandLoader() {
  const entries = (await commandFiles())
    .map((file) => [path.relative('src/commands', file).replace(/\.ts$/, '').replaceAll('/', ':'), file])
    .map(([id, file]) => `${JSON.stringify(id)}: () => import(${JSON.stringify(`./${file}`)}),`);
  return `const commands = {${entries.join('\n')}};
    const path = require('node:path');
    exports.loadWithDataFromManifest = async ({id}, root) =>
      ({filePath: path.join(root, id), isESM: true, module: await commands[id]()});`;
}

/** The sources of the commands, from the project's folder. */
export async function commandFiles() {
  const files = await readdir(path.join(root, 'src/commands'), {recursive: true});
  return files.filter((file) => file.endsWith('.ts')).map((file) => path.join('src/commands', file));
}
