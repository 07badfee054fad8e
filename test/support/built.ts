// What scripts/ make for a release, as tests build it.
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** npm's words, and apt's: what is downloaded cannot be had, or not any more. */
export const unreachable = /npm error (code E|network)|apt-get \w+ failed/;

/** Runs a script of scripts/ and resolves to its output; skips the suite, and says so, where a download that it needs cannot be had. */
export function built(context: Mocha.Context, script: string, ...args: readonly string[]): string {
  try {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const file = path.join(root, 'scripts', script);
    return execFileSync(process.execPath, [file, ...args], {encoding: 'utf8', stdio: [...stdio]});
  } catch (error) {
    const {stderr} = error as {stderr: string};
    if (!unreachable.test(stderr)) throw error;
    context.test!.title += `: skipped, what ${script} downloads cannot be had`;
    return context.skip();
  }
}
