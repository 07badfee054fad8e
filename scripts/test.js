// Runs the tests, several files at once, on a package that is built aside for them: what is built or changed in dist/
// meanwhile is not seen. node scripts/test.js [ARGUMENTS OF MOCHA]: every test without a file's name.
import {spawn} from 'node:child_process';
import {cp, writeFile} from 'node:fs/promises';
import {availableParallelism, constants, tmpdir} from 'node:os';
import path from 'node:path';
import {root} from './root.js';
import {staged} from './stage.js';

// two more than there are processors, because files wait for half of their time: for the discs, for tokens to end, for pauses
// that a registry asks for. Four of them keep two processors busy, three do not.
const parallel = ['--parallel', '--jobs', String(availableParallelism() + 2)];
const args = process.argv.slice(2);
const files = args.some((arg) => arg.includes('.test.ts')) ? [] : ['test/**/*.test.ts'];

// away from node_modules, so that the bundle finds nothing there that it lacks
process.exitCode = await staged(async ({folder, manifest}) => {
  await completePackage(folder, manifest);
  return mocha([...parallel, ...args, ...files], folder);
}, tmpdir());

/** Puts beside the bundle what else is published. */
async function completePackage(folder, manifest) {
  await writeFile(path.join(folder, 'oclif.manifest.json'), manifest);
  for (const name of ['bin', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    await cp(path.join(root, name), path.join(folder, name), {recursive: true});
  }
}

/** Runs mocha to its end, which signals ask for, and resolves to its exit code. */
function mocha(words, folder) {
  const program = path.join(root, 'node_modules/mocha/bin/mocha.js');
  const env = {...process.env, CORECTL_PACKAGE: folder};
  const child = spawn(process.execPath, [program, ...words], {cwd: root, env, stdio: 'inherit'});
  // mocha's program passes no other signal on to the processes that it starts
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGINT'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
