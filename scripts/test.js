// Runs the tests, several files at once, on a package that is built aside for them: what is built or changed in dist/
// meanwhile is not seen. node scripts/test.js [ARGUMENTS OF MOCHA]: every test without a file's name.
import {spawn} from 'node:child_process';
import {cp, readFile, writeFile} from 'node:fs/promises';
import {availableParallelism, constants, tmpdir} from 'node:os';
import path from 'node:path';
import {inMemory} from './memory-folder.js';
import {root} from './root.js';
import {staged} from './stage.js';

// two more than there are processors, because files wait for half of their time: for the discs, for tokens to end, for pauses
// that a registry asks for. Four of them keep two processors busy, three do not.
const parallel = ['--parallel', '--jobs', String(availableParallelism() + 2)];
const args = process.argv.slice(2);
const files = args.some((arg) => arg.includes('.test.ts')) ? [] : ['test/**/*.test.ts'];
// more than a busy machine breaks
const few = 3;

// away from node_modules, so that the bundle finds nothing there that it lacks
process.exitCode = await inMemory(() => staged(tested, tmpdir()));

/** Resolves to the exit code of the tests of a package that is built. */
async function tested({folder, manifest}) {
  await completePackage(folder, manifest);
  const list = path.join(folder, 'failed.json');
  const code = await mocha([...parallel, ...args, ...files], folder, {CORECTL_FAILED_TESTS: list});
  if (code === 0 || files.length === 0) return code;
  const failed = JSON.parse(await readFile(list, 'utf8').catch(() => '[]'));
  // mocha ends with their number, unless something else went wrong as well
  return code === failed.length && (await areUnsteady(failed, folder)) ? 0 : code;
}

/** Puts beside the bundle what else is published. */
async function completePackage(folder, manifest) {
  await writeFile(path.join(folder, 'oclif.manifest.json'), manifest);
  for (const name of ['bin', 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    await cp(path.join(root, name), path.join(folder, name), {recursive: true});
  }
}

/**
 * Whether the few tests that failed beside all others pass when each has the machine for itself. They are named at the end of the
 * log: such a test, or what it tests, is to be mended.
 */
async function areUnsteady(failed, folder) {
  if (failed.length > few) return false;
  for (const {title, file} of failed)
    if ((await mocha(['--fail-zero', '--fgrep', title, file], folder)) !== 0) return false;
  const named = failed.map(({title, file}) => `    ${path.relative(root, file)}: ${title}\n`);
  process.stdout.write(`\n  UNSTEADY: failed beside others, and passed alone\n${named.join('')}\n`);
  return true;
}

/** Runs mocha to its end, which signals ask for, and resolves to its exit code. */
function mocha(words, folder, more = {}) {
  const program = path.join(root, 'node_modules/mocha/bin/mocha.js');
  const env = {...process.env, CORECTL_PACKAGE: folder, ...more};
  const child = spawn(process.execPath, [program, ...words], {cwd: root, env, stdio: 'inherit'});
  // mocha's program passes no other signal on to the processes that it starts
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGINT'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
