import path from 'node:path';
import {wait} from '../http/pace.ts';
import {ociError} from '../oci-error.ts';
import {tryLock, type ProcessLock} from '../process-lock.ts';

/** The lock's name in a layout: a folder, which one process alone can make, on network file systems too. */
export const lockName = '.corectl.lock';

// a holder shows every other second that it lives; one that was killed keeps the others waiting no longer than that
const staleMs = 10_000;
const signOfLifeMs = 2000;
// what is done under the lock takes milliseconds; many wait for it on a slow disk
const longestWaitMs = 5 * 60_000;
const pollMs = 25;
const pollMostMs = 400;

/**
 * Runs a task while no other process changes the layout. `held` raises `layout-busy` where the lock went to another process,
 * which took this one for dead: to be asked right before the change. Raises `layout-busy` too when waiting was in vain.
 */
export async function locked<T>(
  root: string,
  task: (held: () => void) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const lock = await acquire(root, signal);
  try {
    return await task(() => {
      if (lock.isLost()) throw busy(root, 'took over while this one stood still');
    });
  } finally {
    await lock.release();
  }
}

async function acquire(root: string, signal?: AbortSignal): Promise<ProcessLock> {
  const options = {lockfilePath: path.join(root, lockName), stale: staleMs, update: signOfLifeMs};
  let pause = pollMs;
  for (let waited = 0; waited < longestWaitMs; waited += pause) {
    signal?.throwIfAborted();
    const lock = await tryLock(root, options);
    if (lock !== undefined) return lock;
    pause = Math.min(pause * (1 + Math.random()), pollMostMs);
    await wait(pause, signal);
  }
  throw busy(root, 'has been at work there for five minutes');
}

function busy(root: string, what: string): Error {
  return ociError('layout-busy', `another corectl changes oci:${root}: it ${what}`, {
    suggestions: ['run the same command again when it has ended'],
  });
}
