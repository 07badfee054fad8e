import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {CorectlError} from '../../errors.ts';
import {makeFolder} from '../../make-folder.ts';
import {printable} from '../../printable.ts';
import {LockWatch, tryLock} from '../../process-lock.ts';
import {codeOf} from '../../system-error.ts';
import {cloneDirectory} from '../home.ts';

export interface HomeLock {
  /** Raises `home-busy` where the lock went to another process, which took this one for dead. */
  check(): void;
  release(): Promise<void>;
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once, before the first wait. */
  readonly onWait?: (() => void) | undefined;
}

// a holder shows every few seconds that it lives; one that was killed keeps the others waiting no longer than that
const staleMs = 20_000;
const signOfLifeMs = 4000;
const pollMs = 100;
// far longer than removing three empty folders takes
const vanishingMs = 2000;
// longer than fetching the largest repository that is taken over a slow line
const longestWaitMs = 10 * 60_000;

/** Waits until no other process changes the home, and keeps the others waiting until `release`. Raises `home-busy`. */
export async function lockHome(home: string, {signal, onWait}: LockOptions): Promise<HomeLock> {
  const watch = new LockWatch({lockfilePath: lockOf(home), stale: staleMs});
  let told = false;
  for (let waited = 0; waited < longestWaitMs; waited += pollMs) {
    signal?.throwIfAborted();
    const held = await tryHome(home, waited < vanishingMs);
    if (held !== undefined) return held;
    if (!told) onWait?.();
    told = true;
    await watch.look();
    await delay(pollMs);
  }
  throw busy(home, 'has been at work there for ten minutes');
}

/** Undefined while another process holds the lock, or removes what its failed first init had made of the home. */
async function tryHome(home: string, mayVanish: boolean): Promise<HomeLock | undefined> {
  const place = cloneDirectory(home);
  try {
    await makeFolder(path.dirname(place), 0o700);
    const held = await tryLock(place, {lockfilePath: lockOf(home), stale: staleMs, update: signOfLifeMs});
    if (held === undefined) return undefined;
    return {
      check: () => {
        if (held.isLost()) throw busy(home, 'took over while this one stood still');
      },
      release: () => held.release(),
    };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && mayVanish) return undefined;
    throw error;
  }
}

const lockOf = (home: string): string => `${cloneDirectory(home)}.lock`;

function busy(home: string, what: string): CorectlError {
  return new CorectlError({
    code: 'home-busy',
    message: `another corectl changes ${printable(home, 300)}: it ${what}`,
    suggestions: ['run the same command again when it has ended'],
  });
}
