import {setTimeout as delay} from 'node:timers/promises';
import {CorectlError, exitCodes} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {claim, formatLock, parseLock, renewed, Watch, without, type Holder, type Lock} from './lease.ts';
import type {RefText, RemoteRef} from '../checkout/remote-ref.ts';

/** Milliseconds. */
export interface LockTimes {
  /** Between two signs of life. */
  readonly renewal: number;
  /** Without one for so long, a process is dead to those who watch. */
  readonly dead: number;
  /** Without having given one for so long, a process takes itself for dead: well before the others do. */
  readonly lost: number;
  /** Between two looks at a lock that others hold. */
  readonly poll: number;
}

/** A push takes seconds at the most; two may fail before anybody is taken for dead. */
export const lockTimes: LockTimes = {renewal: 20_000, dead: 90_000, lost: 60_000, poll: 5000};

export interface LockWish {
  readonly ref: RemoteRef;
  /** For messages: `payments, prod`. */
  readonly name: string;
  readonly run: string;
  readonly holder: Holder;
  /** Milliseconds to wait for others. */
  readonly longestWait: number;
  readonly times?: LockTimes;
  readonly signal?: AbortSignal | undefined;
  /** Told once who is waited for. */
  readonly onWait: (who: string) => void;
  /** Told once that the lock may be others' by now. */
  readonly onLost: (error: CorectlError) => void;
}

/** A lock that this process holds and shows signs of life for, until it is released. */
export interface HeldLock {
  /** Gives it back, and tells what became of it. */
  release(): Promise<Released>;
}

export type Released =
  | {readonly kind: 'removed'}
  /** It stays until others take this process for dead. */
  | {readonly kind: 'left'}
  /** It was others' by then, or nobody's: for how long nobody knows. */
  | {readonly kind: 'lost'; readonly error: CorectlError};

/**
 * Takes the lock of a ref: at once where nobody has it, as one more of those of its own run, or in the place of those that
 * are dead. Raises `lock-busy` where others hold it for longer than this one waits, and what the ref raises.
 */
export async function takeLock(wish: LockWish): Promise<HeldLock> {
  const {ref, run, holder, times = lockTimes, signal, onWait} = wish;
  const watch = new Watch(times.dead);
  let until: number | undefined;
  for (let told = false; ;) {
    signal?.throwIfAborted();
    const found = await ref.read();
    const now = performance.now();
    const next = claim(lockIn(found, wish), {run, holder}, (one) => watch.isDead(one, now));
    if ('holders' in next) {
      const taken = await ref.replace(found?.id, formatLock(next));
      if (typeof taken === 'object') return new Renewal(wish, taken);
      await pause(contention, signal);
      continue;
    }
    until ??= now + wish.longestWait;
    if (now >= until) throw busy(wish, next);
    if (!told) onWait(whoIs(next));
    told = true;
    await pause(Math.min(times.poll, until - now), signal);
  }
}

/** Milliseconds, at most, after which one of several who changed a lock at once tries again. */
const contention = 400;

const attemptsToRelease = 3;

/** Signs of life for a lock, one after another. */
class Renewal implements HeldLock {
  readonly #wish: LockWish;
  readonly #times: LockTimes;
  readonly #over = new AbortController();
  readonly #loop: Promise<void>;
  #found: RefText | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(wish: LockWish, found: RefText) {
    this.#wish = wish;
    this.#times = wish.times ?? lockTimes;
    this.#found = found;
    this.#isAlive();
    this.#loop = this.#renewing();
  }

  async release(): Promise<Released> {
    this.#over.abort();
    clearTimeout(this.#deadline);
    await this.#loop;
    for (let attempt = 1; attempt <= attemptsToRelease; attempt += 1) {
      try {
        const isRemoved = await this.#change((lock) => without(lock, this.#wish.holder.id));
        // an attempt whose answer was lost may have removed it
        return isRemoved || attempt > 1 ? {kind: 'removed'} : {kind: 'lost', error: lostAtEnd(this.#wish)};
      } catch {
        // others would wait for a minute and a half: the next attempt may be luckier
        await pause(contention);
      }
    }
    return {kind: 'left'};
  }

  async #renewing(): Promise<void> {
    const {signal} = this.#over;
    for (;;) {
      await delay(this.#times.renewal, undefined, {signal}).catch(() => undefined);
      if (signal.aborted) return;
      try {
        if (await this.#change((lock) => renewed(lock, this.#wish.holder.id))) this.#isAlive();
        else {
          this.#lose();
          return;
        }
      } catch {
        // the network's: there is another time, until the deadline
      }
    }
  }

  /** Changes the lock as long as this process is among its holders; `false` where it is not any more. */
  async #change(change: (lock: Lock) => Lock | undefined): Promise<boolean> {
    const {ref, holder} = this.#wish;
    for (;;) {
      const lock = this.#found && parseLock(this.#found.text);
      if (lock?.holders.some(({id}) => id === holder.id) !== true) return false;
      const next = change(lock);
      const changed = await ref.replace(this.#found?.id, next && formatLock(next));
      if (changed !== 'moved') {
        this.#found = changed === 'removed' ? undefined : changed;
        return true;
      }
      this.#found = await ref.read();
      await pause(contention);
    }
  }

  #isAlive(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      this.#lose();
    }, this.#times.lost);
  }

  #lose(): void {
    clearTimeout(this.#deadline);
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#wish.onLost(lost(this.#wish));
  }
}

function lockIn(found: RefText | undefined, wish: LockWish): Lock | undefined {
  if (found === undefined) return undefined;
  const lock = parseLock(found.text);
  if (lock !== undefined) return lock;
  throw busyWith(wish, 'of somebody that this corectl does not understand: a newer one, or another program');
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const some = milliseconds === contention ? Math.random() * contention : milliseconds;
  await delay(some, undefined, {...(signal && {signal})}).catch(() => {
    signal?.throwIfAborted();
  });
}

const whoIs = ({who, since}: Holder): string => printable(`${who} since ${since}`, 500);

function busy(wish: LockWish, holder: Holder): CorectlError {
  return busyWith(wish, `of ${whoIs(holder)}; waited ${Math.round(wish.longestWait / 1000)} s for it`);
}

function busyWith({name}: LockWish, who: string): CorectlError {
  return new CorectlError({
    code: 'lock-busy',
    message: `${name}: another promotion is under way, ${who}`,
    suggestions: [
      'run the same command again when it has ended, or wait longer with --lock-timeout SECONDS',
      `a run that was killed is passed over once it has been silent for ${lockTimes.dead / 1000} s`,
    ],
  });
}

const lost = ({name}: LockWish): CorectlError =>
  lostLock(`${name}: the lock could not be renewed, and may be another promotion's by now: this one stops`);

const lostAtEnd = ({name}: LockWish): CorectlError =>
  lostLock(
    `${name}: the lock was gone at the end: another promotion may have been under way beside this one`,
  );

function lostLock(message: string): CorectlError {
  return new CorectlError({
    code: 'lock-lost',
    message,
    suggestions: ['run the same command again: it finishes what was left'],
    exitCode: exitCodes.failed,
  });
}
