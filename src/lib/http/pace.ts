import pLimit, {type LimitFunction} from 'p-limit';
import {onAbort} from '../on-abort.ts';

/** Requests to one host that wait for their answer at the same time, at first and at the most. */
export interface PaceLimits {
  readonly first: number;
  readonly most: number;
}

/** Enough to hide a slow link, and fewer than the sockets of a host: blobs that flow need some of those. */
export const defaultPaceLimits: PaceLimits = {first: 32, most: 48};

/** An answer that takes this many times the shortest one says that more requests at once will not help. */
const congestion = 4;
/** Milliseconds within which a slower answer means nothing. */
const jitter = 20;

/**
 * Keeps the pace of requests for each host, across everyone who talks to it. The number in flight begins low, grows with
 * each answer while many requests are waiting and answers stay quick, and is halved when the host says that it is too much.
 */
export class Pace {
  readonly #hosts = new Map<string, HostPace>();
  readonly #limits: PaceLimits;

  /** `most` caps the requests in flight to one host. */
  constructor(most = defaultPaceLimits.most) {
    this.#limits = {first: Math.min(defaultPaceLimits.first, most), most};
  }

  /** Runs one request when the host has a slot and is not paused. To be held around I/O only. */
  run<T>(host: string, request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#host(host).run(request, signal);
  }

  /** How many requests may be in flight to a host now. */
  atOnce(host: string): number {
    return this.#host(host).atOnce;
  }

  /** Resolves when the host is not paused: for uploads, which hold no slot. */
  resumed(host: string, signal?: AbortSignal): Promise<void> {
    return this.#host(host).resumed(signal);
  }

  /** The host has had too much: half as many requests at once, and none for so many milliseconds. */
  pause(host: string, milliseconds: number): void {
    this.#host(host).pause(milliseconds);
  }

  #host(host: string): HostPace {
    let state = this.#hosts.get(host);
    if (state === undefined) {
      state = new HostPace(this.#limits);
      this.#hosts.set(host, state);
    }
    return state;
  }
}

class HostPace {
  readonly #slots: LimitFunction;
  readonly #most: number;
  #pausedUntil = 0;
  #shortest = Infinity;
  /** Answers to requests that began before the last halving say nothing about it. */
  #halvedAt = 0;
  /** Grows by one for each answer until the host first complains, then by one for each round of answers. */
  #step = 1;
  #earned = 0;

  constructor({first, most}: PaceLimits) {
    this.#slots = pLimit(first);
    this.#most = most;
  }

  get atOnce(): number {
    return this.#slots.concurrency;
  }

  resumed(signal?: AbortSignal): Promise<void> {
    return resumption(() => this.#pausedUntil, signal);
  }

  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#slots(async () => {
      await this.resumed(signal);
      signal?.throwIfAborted();
      const started = performance.now();
      const answer = await request();
      this.#answered(started, performance.now() - started);
      return answer;
    });
  }

  pause(milliseconds: number): void {
    const now = performance.now();
    this.#pausedUntil = Math.max(this.#pausedUntil, now + milliseconds);
    this.#step = 1 / this.#slots.concurrency;
    if (now < this.#halvedAt + milliseconds) return;
    this.#halvedAt = now;
    this.#slots.concurrency = Math.max(1, Math.floor(this.#slots.concurrency / 2));
  }

  #answered(started: number, took: number): void {
    this.#shortest = Math.min(this.#shortest, took);
    const quick = took <= this.#shortest * congestion + jitter;
    // what waits for less than a round gets a connection that is there sooner than a new one
    const pays = this.#slots.pendingCount > this.#slots.concurrency;
    if (!quick || !pays || started < this.#halvedAt) return;
    this.#earned += this.#step;
    if (this.#earned < 1 || this.#slots.concurrency >= this.#most) return;
    this.#earned = 0;
    this.#slots.concurrency += 1;
  }
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      forget?.();
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const forget = signal && onAbort(signal, done);
  });
}

async function resumption(pausedUntil: () => number, signal?: AbortSignal): Promise<void> {
  for (let left = pausedUntil() - performance.now(); left > 0; left = pausedUntil() - performance.now()) {
    if (signal?.aborted === true) return;
    await wait(left, signal);
  }
}
