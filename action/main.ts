// The GitHub action: corectl on the path of later steps; init, and one promotion or saved plan, where its inputs ask for them.
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Report} from '../src/lib/promotion/report.ts';
import {InputError} from './input-error.ts';
import {argumentsFor, inputValue, refuseBesidePlan, tokenInput} from './inputs.ts';
import {outputsOf, summaryOf} from './report-outputs.ts';
import {outputLines, tellRunner} from './runner-files.ts';

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
  return reported(promotion, path.join(folder, 'report.json'));
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

/** Promotes; the report goes into the file, and into the outputs and the summary of the run. */
async function reported(command: readonly string[], file: string): Promise<number> {
  let document = '';
  const code = await corectl([...command, '--json'], (text) => (document += text));
  writeFileSync(file, document);
  const report = JSON.parse(document) as Report;
  const outputs = {...outputsOf(report), report: file};
  for (const [name, value] of Object.entries(outputs)) {
    tellRunner('GITHUB_OUTPUT', outputLines(name, value), env);
  }
  tellRunner('GITHUB_STEP_SUMMARY', summaryOf(report), env);
  process.stdout.write(lines(report));
  return code;
}

/** A line a destination, for the step's log. */
function lines({images}: Report): string {
  const told = images.flatMap(({digest, destinations}) =>
    destinations.map(({status, reference}) => `${status}: ${reference} ${digest ?? ''}`.trimEnd()),
  );
  return told.map((line) => `${line}\n`).join('');
}

/** Runs corectl to its end; its stdout goes to `take`, else to this process's. Interruptions are handed on. */
function corectl(args: readonly string[], take?: (text: string) => void): Promise<number> {
  const child = spawn(process.execPath, [entry, ...args], {
    env: childEnvironment(),
    stdio: ['ignore', take === undefined ? 'inherit' : 'pipe', 'inherit'],
  });
  child.stdout?.setEncoding('utf8').on('data', take ?? (() => undefined));
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
