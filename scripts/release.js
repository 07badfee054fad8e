// Builds every file that a release publishes, with checksums: node scripts/release.js FOLDER. The version is package.json's.
// The one file's licences and inventory are among them. Container images are made of these files by scripts/image.js.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {debOf} from './deb.js';
import {formulaOf} from './formula.js';
import {notesOf} from './release-notes.js';
import {root} from './root.js';
import {runtimes} from './runtimes.js';

const [named] = process.argv.slice(2);
if (named === undefined) throw new Error('usage: node scripts/release.js FOLDER');
const folder = path.resolve(named);
const {
  name,
  version,
  description: summary,
  license,
  homepage,
} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const description = {name, version, summary, license, homepage: homepage.replace(/#.*/, '')};

mkdirSync(folder, {recursive: true});
const notes = notesOf(version);
const run = (program, ...args) =>
  execFileSync(program, args, {cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8'});
const systems = Object.keys(runtimes);

run('npm', 'pack', '--pack-destination', folder);
run(process.execPath, 'scripts/one-file.js', folder, ...systems);
const seconds = Number(run('git', 'log', '-1', '--format=%ct'));
for (const [architecture, system] of [
  ['amd64', 'linux-x64'],
  ['arm64', 'linux-arm64'],
]) {
  debOf(path.join(folder, `corectl-${system}`), architecture, {folder, description, seconds});
}

const sums = readdirSync(folder)
  .sort()
  .map((file) => [file, sha256(file)]);
const checksums = Object.fromEntries(systems.map((system) => [system, sha256(`corectl-${system}`)]));
writeFileSync(path.join(folder, 'SHA256SUMS'), sums.map(([file, sum]) => `${sum}  ${file}\n`).join(''));
writeFileSync(path.join(folder, 'corectl.rb'), formulaOf(description, checksums));
writeFileSync(path.join(folder, 'NOTES.md'), notes);

function sha256(file) {
  return createHash('sha256')
    .update(readFileSync(path.join(folder, file)))
    .digest('hex');
}
