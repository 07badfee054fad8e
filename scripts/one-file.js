// Writes corectl as one file that needs no Node, for this system or those that are named, and what is in it:
// node scripts/one-file.js FOLDER [linux-x64 linux-arm64 linux-x64-musl linux-arm64-musl darwin-x64 darwin-arm64]
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, statSync} from 'node:fs';
import path from 'node:path';
import {writeInventory} from './inventory.js';
import {bundleOneFile} from './one-file-bundle.js';
import {ownSystem, runtimeFor, runtimePackage, runtimes, runtimeVersion} from './runtimes.js';

const [folder, ...named] = process.argv.slice(2);
const systems = named.length > 0 ? named : [ownSystem];
const unknown = systems.filter((system) => runtimes[system] === undefined);
if (folder === undefined || unknown.length > 0) {
  throw new Error(`usage: node scripts/one-file.js FOLDER [${Object.keys(runtimes).join(' ')}]`);
}

mkdirSync(folder, {recursive: true});
const stage = mkdtempSync(path.join(path.resolve(folder), '.stage-'));
try {
  const script = path.join(stage, 'corectl.cjs');
  const metafile = await bundleOneFile(script, `bun-${runtimeVersion}`);
  await writeInventory(folder, metafile, [runtimePackage]);
  for (const system of systems) compile(script, system);
} finally {
  rmSync(stage, {recursive: true, force: true});
}

/** One compiler serves all systems; what it puts the bytecode into is the other system's own runtime. */
function compile(script, system) {
  const file = path.resolve(folder, `corectl-${system}`);
  // by its name alone: a whole path would be part of the file, which is to be the same wherever it is made
  const args = ['build', '--compile', '--bytecode', '--minify', path.basename(script), '--outfile', file];
  const elsewhere = [`--target=bun-${system}`, `--compile-executable-path=${runtimeFor(system)}`];
  // what stands in the folder where it runs, such as .env and bunfig.toml, is none of its business
  const alone = ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];
  const words = [...args, ...alone, ...(system === ownSystem ? [] : elsewhere)];
  execFileSync(runtimeFor(ownSystem), words, {cwd: stage, stdio: ['ignore', 'ignore', 'inherit']});
  process.stdout.write(`${file} ${(statSync(file).size / 1e6).toFixed(0)} MB\n`);
}
