import {wait} from './pace.ts';

/** What time is for rates; milliseconds. */
export interface RateClock {
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

const realClock: RateClock = {now: () => performance.now(), wait};

/**
 * Keeps the requests to some hosts below so many a second, across everyone who sends any in this process. Hosts are told as
 * `URL.host` tells them; those that are not named are not held up.
 */
export class Rates {
  readonly #hosts: ReadonlyMap<string, Turns>;

  constructor(perSecond: ReadonlyMap<string, number>, clock = realClock) {
    this.#hosts = new Map([...perSecond].map(([host, most]) => [host, new Turns(most, clock)]));
  }

  /** Resolves when a request may go to the host, in the order of asking; at once when the signal is aborted. */
  async turn(host: string, signal?: AbortSignal): Promise<void> {
    await this.#hosts.get(host)?.next(signal);
  }

  /** Hosts that were named and that no request went to. */
  get unused(): string[] {
    return [...this.#hosts].filter(([, turns]) => turns.taken === 0).map(([host]) => host);
  }
}

/** A twentieth of a second's requests may go together: timers are no finer than a millisecond. */
const together = 20;

/**
 * A bucket of what may be sent at once, which fills so slowly that a full one and all that flows into it within a second
 * are no more than what a second may have.
 */
class Turns {
  taken = 0;
  readonly #clock: RateClock;
  readonly #most: number;
  readonly #perMillisecond: number;
  #there: number;
  #at: number;
  #last: Promise<void> = Promise.resolve();

  constructor(perSecond: number, clock: RateClock) {
    this.#clock = clock;
    this.#most = Math.max(1, Math.floor(perSecond / together));
    this.#perMillisecond = (perSecond - this.#most + 1) / 1000;
    this.#there = this.#most;
    this.#at = clock.now();
  }

  next(signal?: AbortSignal): Promise<void> {
    const mine = this.#last.then(() => this.#take(signal));
    this.#last = mine;
    return mine;
  }

  async #take(signal?: AbortSignal): Promise<void> {
    for (let short = this.#shortfall(); short > 0; short = this.#shortfall()) {
      if (signal?.aborted === true) return;
      await this.#clock.wait(Math.ceil(short / this.#perMillisecond), signal);
    }
    this.#there -= 1;
    this.taken += 1;
  }

  /** How much of a request is not there yet. */
  #shortfall(): number {
    const now = this.#clock.now();
    this.#there = Math.min(this.#most, this.#there + (now - this.#at) * this.#perMillisecond);
    this.#at = now;
    return 1 - this.#there;
  }
}
