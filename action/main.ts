// The GitHub action: corectl on the path of later steps; init, and one promotion or saved plan, where its inputs ask for them.
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {tellRunner} from '../src/lib/ui/runner/runner-files.ts';
import {InputError} from './input-error.ts';
import {argumentsFor, inputValue, partsFor, tokenInput} from './inputs.ts';

// the assembled action has this file beside corectl's bin/
const entry = fileURLToPath(new URL('bin/run.js', import.meta.url));
const {env} = process;
const commandOf = {init: ['init'], promote: ['p2p', 'promote'], apply: ['p2p', 'apply']} as const;

try {
  process.exitCode = await act();
} catch (error) {
  // a runner shows annotations: a stack would say less
  const {message} = error as Error;
  process.stdout.write(`::error::${message.replaceAll('%', '%25').replaceAll('\n', '%0A')}\n`);
  process.exitCode = error instanceof InputError ? 2 : 1;
}

/** Resolves to the exit code of the first command that fails, else to 0. */
async function act(): Promise<number> {
  const commands = partsFor(env).map((part) => [...commandOf[part], ...argumentsFor(part, env)]);
  offer(mkdtempSync(path.join(env.RUNNER_TEMP ?? tmpdir(), 'corectl-')));
  for (const command of commands) {
    // corectl itself leaves the outputs and the summary: the runner's files are in the environment
    const code = await corectl(command);
    if (code !== 0) return code;
  }
  return 0;
}

/** Puts a program `corectl` on the path of later steps; it runs with the runner's own Node. */
function offer(folder: string): void {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  const command = [process.execPath, entry].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  writeFileSync(path.join(bin, 'corectl'), `#!/bin/sh\nexec ${command} "$@"\n`, {mode: 0o755});
  tellRunner('GITHUB_PATH', bin, env);
}

/** Runs corectl to its end. Interruptions are handed on. */
function corectl(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [entry, ...args], {
    env: childEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 130);
    });
  });
}

/** The inputs are this program's alone, and the token goes by the environment. */
function childEnvironment(): NodeJS.ProcessEnv {
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INPUT_')));
  const token = inputValue(tokenInput, env);
  return {...rest, ...(token !== '' && {CORECTL_GITHUB_TOKEN: token})};
}
