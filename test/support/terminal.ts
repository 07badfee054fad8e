import {spawn} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {expectNothingPrinted, expectNothingWritten} from './canary.ts';
import {isolated, writeProgram} from './cli.ts';

/** Whether there is the `script` of util-linux, which gives a command a terminal; others take other arguments. */
export const hasTerminal = process.platform === 'linux';

/** What was shown at the terminal, and how the command ended. */
export interface Session {
  readonly code: number | null;
  readonly shown: string;
}

/** Runs `corectl` at a terminal, where somebody answers questions: each a part of what is asked, and the answer. */
export function atTerminal(
  args: readonly string[],
  home: string,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<Session> {
  const programs = path.join(home, 'programs');
  mkdirSync(programs, {recursive: true});
  writeProgram(programs);
  const command = ['corectl', ...args].map((word) => `'${word}'`).join(' ');
  const env = isolated(home);
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd: home,
    env: {...env, PATH: `${programs}:${env.PATH ?? ''}`, SHELL: '/bin/sh', TERM: 'xterm'},
  });
  // a question that was not expected would be waited for; mocha's limit is two minutes
  const limit = setTimeout(() => child.kill('SIGKILL'), 110_000);
  let shown = '';
  let read = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const found = answers.find(([question]) => shown.includes(question, read));
    if (found === undefined) return;
    read = shown.indexOf(found[0], read) + found[0].length;
    child.stdin.write(`${found[1]}\r`);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      expectNothingPrinted(`the terminal of ${command}`, shown);
      expectNothingWritten(path.join(home, 'corectl'));
      resolve({code, shown: shown.replaceAll('\r\n', '\n')});
    });
  });
}
