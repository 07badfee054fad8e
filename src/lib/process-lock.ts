import {stat, utimes} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {lock} from 'proper-lockfile';
import {codeOf} from './system-error.ts';

/** A lock that no other process has, as long as this one shows that it lives. */
export interface ProcessLock {
  /** Whether another process took this one for dead, and the lock with it. */
  isLost(): boolean;
  release(): Promise<void>;
}

export interface ProcessLockOptions {
  /** The folder that is the lock: one process alone can make it, on network file systems too. */
  readonly lockfilePath: string;
  /** Milliseconds without a sign of life after which a holder is taken for dead. */
  readonly stale: number;
  /** Milliseconds between signs of life. */
  readonly update: number;
}

/** Takes the lock of a path; undefined while another process has it. Raises what the file system says. */
export async function tryLock(path: string, options: ProcessLockOptions): Promise<ProcessLock | undefined> {
  let lost = false;
  const onCompromised = () => {
    lost = true;
  };
  try {
    const release = await lock(path, {...options, realpath: false, onCompromised});
    // what was lost is another's to release
    return {isLost: () => lost, release: () => release().catch(() => undefined)};
  } catch (error) {
    if (codeOf(error) === 'ELOCKED') return undefined;
    throw error;
  }
}

/**
 * Watches a lock while it is waited for. One that was left while the clock was ahead is young until then by its date: it is
 * judged by whether it shows life, as long as that takes by a clock that nobody sets.
 */
export class LockWatch {
  readonly #lockfilePath: string;
  readonly #stale: number;
  #sign: number | undefined;
  #since = performance.now();

  constructor({lockfilePath, stale}: Pick<ProcessLockOptions, 'lockfilePath' | 'stale'>) {
    this.#lockfilePath = lockfilePath;
    this.#stale = stale;
  }

  /** To be called after each attempt in vain. Dates back a lock without a sign of life, which the next attempt then takes. */
  async look(): Promise<void> {
    const sign = await stat(this.#lockfilePath).then(({mtimeMs}) => mtimeMs, nothing);
    if (sign !== this.#sign) {
      this.#sign = sign;
      this.#since = performance.now();
    } else if (sign !== undefined && performance.now() - this.#since > this.#stale) {
      await utimes(this.#lockfilePath, 0, 0).catch(nothing);
    }
  }
}

// it was released meanwhile, or is another user's
const nothing = () => undefined;

export interface WhileLockedOptions extends Pick<ProcessLockOptions, 'lockfilePath'> {
  /** What is raised where the lock went to another process, or waiting was in vain: it did what is said. */
  readonly busy: (what: string) => Error;
  readonly signal?: AbortSignal | undefined;
}

// a holder shows every other second that it lives; one that was killed keeps the others waiting no longer than that
const shortly = {stale: 10_000, update: 2000};
// what is done under the lock takes milliseconds; many wait for it on a slow disk
const patienceMs = 5 * 60_000;
const pollMs = 25;
const pollMostMs = 400;

/**
 * Runs a task of milliseconds while no other process runs one for the same path. `held` raises `busy` where the lock went to
 * another process, which took this one for dead: to be asked right before the change.
 */
export async function whileLocked<T>(
  path: string,
  locking: WhileLockedOptions,
  task: (held: () => void) => Promise<T>,
): Promise<T> {
  const lock = await acquire(path, locking);
  try {
    return await task(() => {
      if (lock.isLost()) throw locking.busy('took over while this one stood still');
    });
  } finally {
    await lock.release();
  }
}

async function acquire(path: string, {lockfilePath, busy, signal}: WhileLockedOptions): Promise<ProcessLock> {
  const watch = new LockWatch({lockfilePath, ...shortly});
  let pause = pollMs;
  for (let waited = 0; waited < patienceMs; waited += pause) {
    signal?.throwIfAborted();
    const lock = await tryLock(path, {lockfilePath, ...shortly});
    if (lock !== undefined) return lock;
    await watch.look();
    pause = Math.min(pause * (1 + Math.random()), pollMostMs);
    await delay(pause, undefined, {...(signal && {signal})}).catch(() => signal?.throwIfAborted());
  }
  throw busy('has been at work there for five minutes');
}
