import {spawn} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parse} from 'yaml';
import {blocksOf} from './console-blocks.ts';

interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Workflow {
  readonly name?: string;
  readonly defaults?: {readonly run: {readonly shell: string}};
  readonly jobs: Readonly<Record<string, {readonly steps: readonly Step[]}>>;
}

export interface Ran {
  readonly code: number | null;
  /** Of both streams, as they came. */
  readonly output: string;
}

/** What became of steps: the code is that of the last one that ran. */
export interface RanSteps extends Ran {
  readonly outputs: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string>>;

/** The workflows that a page shows, in their order. */
export function workflowsOf(page: string): Workflow[] {
  return blocksOf(page)
    .filter(({language, text}) => language === 'yaml' && /^jobs:/m.test(text))
    .map(({text}) => parse(text) as Workflow);
}

/**
 * Runs the `run` steps of a job as a runner does for `shell: bash`, up to the first that fails; what is installed in a step
 * called Install is there already.
 */
export async function runSteps(steps: readonly Step[], folder: string, env: Variables): Promise<RanSteps> {
  const [variables, outputs] = ['github-env', 'github-output'].map((name) => path.join(env.HOME ?? '', name));
  for (const file of [variables!, outputs!]) writeFileSync(file, '');
  let ran: Ran = {code: 0, output: ''};
  for (const {run} of steps.filter(({name}) => name !== 'Install')) {
    if (run === undefined) continue;
    const now = {...env, ...assignmentsIn(variables!), GITHUB_ENV: variables!, GITHUB_OUTPUT: outputs!};
    const {code, output} = await bash(run, folder, now);
    ran = {code, output: ran.output + output};
    if (code !== 0) break;
  }
  return {...ran, outputs: assignmentsIn(outputs!)};
}

/** A script as the runner starts it for `shell: bash`. */
export function bash(script: string, cwd: string, env: Variables): Promise<Ran> {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {cwd, env});
  let output = '';
  const keep = (text: string) => (output += text);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      resolve({code, output});
    });
  });
}

function assignmentsIn(file: string): Record<string, string> {
  const lines = [...readFileSync(file, 'utf8').matchAll(/^(\w+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}
