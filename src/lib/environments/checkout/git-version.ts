import {CorectlError} from '../../errors.ts';
import {printable} from '../../printable.ts';
import type {Git} from './git.ts';

// GIT_CONFIG_COUNT, by which corectl's settings reach git without a file: git 2.31
const needed = [2, 31] as const;

/** Raises `git-too-old` for a git that would not heed the settings which keep a repository from running anything. */
export async function checkVersion(git: Git): Promise<void> {
  const said = (await git('version')).trim();
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(said) ?? [];
  const [one, two] = [Number(major), Number(minor)];
  if (one > needed[0] || (one === needed[0] && two >= needed[1])) return;
  throw new CorectlError({
    code: 'git-too-old',
    message: `expected git ${needed.join('.')} or newer, found ${JSON.stringify(printable(said, 100))}`,
    suggestions: ['install a newer git, and put it first on the PATH'],
  });
}
