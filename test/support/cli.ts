import {execFileSync, spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {expectNothingPrinted, expectNothingWritten, plant} from './canary.ts';
import {expectPublishedBy} from './published.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The package that is tested: the one that was built aside for this run of all tests, or the clone with its last build. */
export const packageFolder = process.env.CORECTL_PACKAGE ?? builtClone();

/** What starts `corectl`, to be followed by its arguments: the executable or JavaScript file that CORECTL names, or the package's. */
const corectl = commandOf(process.env.CORECTL ?? path.join(packageFolder, 'bin/run.js'));

export interface CliOptions {
  /** Set on top of PATH, HOME, CORECTL_HOME, DOCKER_CONFIG, NO_COLOR and RUNNER_TEMP: nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to stdin, which is then closed. */
  readonly input?: string;
  /** The child is killed after it: 110 s unless told. */
  readonly timeoutMs?: number;
  /** The folder of HOME, CORECTL_HOME (`corectl` in it) and DOCKER_CONFIG (`docker` in it); a new one, removed afterwards, without it. */
  readonly home?: string;
}

export interface CliResult {
  /** The exit code; null where a signal ended the child. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  /** For signals, and for reading its output while it runs. */
  readonly child: ChildProcessWithoutNullStreams;
  readonly result: Promise<CliResult>;
}

/** Runs `corectl` with the arguments to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  if (options.home !== undefined) return startCli(args, {...options, home: options.home}).result;
  const home = await mkdtemp(path.join(tmpdir(), 'corectl-home-'));
  try {
    return await startCli(args, {...options, home}).result;
  } finally {
    await rm(home, {recursive: true, force: true, maxRetries: 5});
  }
}

/** Starts `corectl`; for tests that send signals or watch it run. */
export function startCli(args: readonly string[], options: CliOptions & {home: string}): RunningCli {
  const [program, ...first] = corectl;
  plantSecretsOf(options.env ?? {});
  const cwd = options.cwd ?? options.home;
  const child = spawn(program, [...first, ...args], {
    cwd,
    env: {...isolated(options.home), ...options.env},
  });
  child.stdin.on('error', () => undefined); // the child may end before it has read everything
  child.stdin.end(options.input ?? '');
  const result = collect(child, options.timeoutMs ?? 110_000).then((found) => {
    expectNothingPrinted(`stdout of corectl ${args.join(' ')}`, found.stdout);
    expectNothingPrinted(`stderr of corectl ${args.join(' ')}`, found.stderr);
    expectNothingWritten(path.join(options.home, 'corectl'));
    // a test may have stopped reading
    if (child.stdout.readableEnded) expectPublishedBy({args, cwd, ...found});
    return found;
  });
  return {child, result};
}

/** What a run is to bring about. Raises what it printed where it ends before, instead of waiting for ever. */
export async function reached<Event>({result}: RunningCli, event: Promise<Event>): Promise<Event> {
  const early = result.then(({code, stdout, stderr}) => {
    throw new Error(`corectl ended before, with exit code ${code ?? 'none'}:\n${stdout}\n${stderr}`);
  });
  return Promise.race([event, early]);
}

/** What an environment keeps secret: `GITHUB_TOKEN`, `AZURE_CLIENT_SECRET`, `AWS_SECRET_ACCESS_KEY`, … */
function plantSecretsOf(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env))
    if (/(?:TOKEN|SECRET|PASSWORD|_KEY)$/.test(name)) plant(value);
}

/** Writes a program `corectl` into the folder, for scripts that find it on their PATH. */
export function writeProgram(folder: string): void {
  const words = corectl.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  writeFileSync(path.join(folder, 'corectl'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, {mode: 0o755});
}

/** Where the package's code is kept compiled for all tests: most of a start is compiling. */
const compiled = path.join(packageFolder, 'node_modules/.cache/compiled');
mkdirSync(compiled, {recursive: true, mode: 0o700});

/** The environment of a process that sees nothing of the user who runs the tests. */
export function isolated(home: string): Record<string, string> {
  const {PATH = '', NODE_V8_COVERAGE} = process.env;
  return {
    PATH,
    HOME: home,
    CORECTL_HOME: path.join(home, 'corectl'),
    DOCKER_CONFIG: path.join(home, 'docker'),
    NO_COLOR: '1',
    RUNNER_TEMP: home,
    NODE_COMPILE_CACHE: compiled,
    ...(NODE_V8_COVERAGE === undefined ? {} : {NODE_V8_COVERAGE}),
  };
}

function builtClone(): string {
  if (!existsSync(path.join(root, 'dist/cli.cjs'))) {
    execFileSync(process.execPath, [path.join(root, 'scripts/build.js')], {stdio: 'inherit'});
  }
  return root;
}

function commandOf(file: string): readonly [string, ...string[]] {
  const resolved = path.resolve(file);
  return /\.[cm]?js$/.test(resolved) ? [process.execPath, resolved] : [resolved];
}

function collect(child: ChildProcessWithoutNullStreams, timeoutMs: number): Promise<CliResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve({code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString()});
    });
  });
}
