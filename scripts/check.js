// Runs every check, as many at once as there are processors, and shows the output of those that fail.
import {spawn} from 'node:child_process';
import {availableParallelism} from 'node:os';

// the slowest first; the checks within one line build, so they follow each other
const queue = [['lint'], ['types'], ['unused'], ['boundaries'], ['format'], ['generated', 'package']];
const failed = [];

await Promise.all(Array.from({length: availableParallelism()}, worker));
if (failed.length > 0) {
  process.stderr.write(`failed: ${failed.map((name) => `npm run check:${name}`).join(', ')}\n`);
  process.exitCode = 1;
}

async function worker() {
  for (let names = queue.shift(); names !== undefined; names = queue.shift()) {
    for (const name of names) await check(name);
  }
}

async function check(name) {
  const started = performance.now();
  const {code, output} = await run('npm', ['run', '--silent', `check:${name}`]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${seconds} s\n`);
  if (code === 0) return;
  failed.push(name);
  process.stdout.write(`${output.trimEnd()}\n\n`);
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe']});
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({code, output}));
  });
}
