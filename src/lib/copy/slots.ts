import {wait} from '../http/pace.ts';

/** A limited number of places. Whoever waits gets one in the order of asking. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a place, as soon as there is one. */
  take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The same, but only within so many milliseconds: false when that was in vain. */
  async takeWithin(milliseconds: number): Promise<boolean> {
    if (this.#free === 0 && milliseconds <= 0) return false;
    const late = new AbortController();
    const taken = this.take().then(() => true);
    const inTime = await Promise.race([taken, wait(milliseconds, late.signal).then(() => false)]);
    late.abort();
    // one that comes too late is handed on
    if (!inTime)
      void taken.then(() => {
        this.give();
      });
    return inTime;
  }

  /** Gives a place back. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  /** Runs a task in a place of its own. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.take();
    try {
      return await task();
    } finally {
      this.give();
    }
  }
}
