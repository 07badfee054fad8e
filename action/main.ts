// The GitHub action: corectl on the path of later steps; init, and one promotion or saved plan, where its inputs ask for them.
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {tellRunner} from '../src/lib/ui/runner/runner-files.ts';
import {InputError} from './input-error.ts';
import {argumentsFor, inputValue, refuseBesidePlan, tokenInput} from './inputs.ts';

// the assembled action has this file beside corectl's bin/
const entry = fileURLToPath(new URL('bin/run.js', import.meta.url));
const {env} = process;

try {
  process.exitCode = await act();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stdout.write(`::error::${error.message.replaceAll('%', '%25').replaceAll('\n', '%0A')}\n`);
  process.exitCode = 2;
}

/** Resolves to the exit code of the first command that fails, else to 0. */
async function act(): Promise<number> {
  const init = argumentsFor('init', env);
  const promotion = promotionCommand();
  const folder = mkdtempSync(path.join(env.RUNNER_TEMP ?? tmpdir(), 'corectl-'));
  offer(folder);
  const initialised = inputValue('environments-repo', env) === '' ? 0 : await corectl(['init', ...init]);
  if (initialised !== 0 || promotion === undefined) return initialised;
  // corectl itself leaves the outputs and the summary: the runner's files are in the environment
  return corectl(promotion);
}

/** What promotes, if anything is to be. */
function promotionCommand(): string[] | undefined {
  if (inputValue('plan', env) !== '') {
    refuseBesidePlan(env);
    return ['p2p', 'apply', ...argumentsFor('apply', env)];
  }
  if (inputValue('image', env) === '') return undefined;
  return ['p2p', 'promote', ...argumentsFor('promote', env)];
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
