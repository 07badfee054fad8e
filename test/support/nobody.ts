// A container's conditions without a container: a user without an entry in passwd, no HOME, a root that is read-only.
import {execFile, execFileSync} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {packageFolder, type CliResult} from './cli.ts';
import {executable} from './real-tools.ts';

const uid = '12345';

// the shell's arguments: the folder that stays writable, then the command
const readOnly = 'mount -o remount,bind,ro /';
const writable = `mount -t tmpfs -o mode=0777 tmpfs "$0"`;
const asNobody = `exec setpriv --reuid ${uid} --regid ${uid} --clear-groups -- "$@"`;

/** Why nobody can be played here, if so: another user and mounts of one's own are root's. */
export const whyNotNobody: string | undefined =
  process.getuid?.() !== 0 ? 'needs root' : executable('unshare') ? attempt() : 'needs unshare of util-linux';

function attempt(): string | undefined {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', `${readOnly}; true`], {stdio: 'ignore'});
    return undefined;
  } catch {
    return 'may not make mounts of its own';
  }
}

/** The built corectl where every user can read it; resolves to its entry. */
export function readableCopy(folder: string): string {
  chmodSync(folder, 0o755);
  const copy = path.join(folder, 'corectl');
  mkdirSync(copy);
  for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    cpSync(path.join(packageFolder, name), path.join(copy, name), {recursive: true});
  return path.join(copy, 'bin/run.js');
}

export interface NobodyOptions {
  /** The whole environment but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Make the root read-only, with an empty writable folder in this place. */
  readonly writable?: string;
}

/** Runs corectl as a user whom the system does not know, without a terminal. */
export function asNobodyRun(command: readonly string[], options: NobodyOptions = {}): Promise<CliResult> {
  const steps = options.writable === undefined ? [asNobody] : [readOnly, writable, asNobody];
  const args = ['--mount', 'sh', '-ec', steps.join('\n'), options.writable ?? '/', ...command];
  return new Promise((resolve) => {
    const env = {PATH: process.env.PATH ?? '', ...options.env};
    execFile('unshare', args, {env, cwd: '/', timeout: 120_000}, (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : null,
        stdout,
        stderr,
      });
    });
  });
}
