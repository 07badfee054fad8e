import path from 'node:path';
import {ociError} from '../oci-error.ts';
import {whileLocked} from '../process-lock.ts';

/** The lock's name in a layout: a folder, which one process alone can make, on network file systems too. */
export const lockName = '.corectl.lock';

/**
 * Runs a task while no other process changes the layout. `held` raises `layout-busy` where the lock went to another process,
 * which took this one for dead: to be asked right before the change. Raises `layout-busy` too when waiting was in vain.
 */
export function locked<T>(
  root: string,
  task: (held: () => void) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const busy = (what: string) =>
    ociError('layout-busy', `another corectl changes oci:${root}: it ${what}`, {
      suggestions: ['run the same command again when it has ended'],
    });
  return whileLocked(root, {lockfilePath: path.join(root, lockName), busy, signal}, task);
}
