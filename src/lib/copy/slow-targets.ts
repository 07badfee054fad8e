import {wait} from '../http/pace.ts';
import {KeepingUp, lookEvery} from './keeping-up.ts';
import {Slots} from './slots.ts';
import type {Target} from './target.ts';

/** Bytes in flight are bounded by this many uploads at a time to a target that goes on alone. */
const aloneAtOnce = 2;

/** Targets that fell behind the others: they read on their own from then on. */
export class SlowTargets {
  readonly #alone = new Map<string, Slots>();
  readonly #slow = new Set<string>();
  readonly #keepingUp = new Map<string, KeepingUp>();
  #lookedUp = -Infinity;
  #quickest = {key: '', rate: 0};
  #second = 0;

  /** Whether the target fell behind. */
  has({key}: Target): boolean {
    return this.#slow.has(key);
  }

  /** From now on the others go on without it. */
  add(target: Target): void {
    this.#slow.add(target.key);
    this.keepingUp(target).letGo();
  }

  /** Places for the uploads of a target that goes on alone. */
  alone({key}: Target): Slots {
    const slots = this.#alone.get(key) ?? new Slots(aloneAtOnce);
    this.#alone.set(key, slots);
    return slots;
  }

  /** How the target does beside the others. */
  keepingUp({key}: Target): KeepingUp {
    const found = this.#keepingUp.get(key) ?? new KeepingUp((now) => this.#quickestBut(key, now));
    this.#keepingUp.set(key, found);
    return found;
  }

  /** Waits for something of the target's, which may be in the way of the others; false when they go on without it. */
  async await(target: Target, done: Promise<unknown>, isInTheWay: () => boolean): Promise<boolean> {
    const keepingUp = this.keepingUp(target);
    const over = new AbortController();
    const finish = () => {
      over.abort();
    };
    done.then(finish, finish);
    while (!over.signal.aborted) {
      const blocks = isInTheWay();
      if (blocks) keepingUp.blocks(performance.now());
      await wait(lookEvery, over.signal);
      if (blocks) keepingUp.unblocks(performance.now());
      if (keepingUp.isBehind(performance.now())) return over.signal.aborted;
    }
    return true;
  }

  /** Among thousands, who is the quickest is looked up once for all that ask in the time between two looks. */
  #quickestBut(key: string, now: number): number {
    if (now - this.#lookedUp >= lookEvery) this.#lookUp(now);
    return this.#quickest.key === key ? this.#second : this.#quickest.rate;
  }

  #lookUp(now: number): void {
    // first, as a rate may ask for the quickest in its turn
    this.#lookedUp = now;
    let quickest = {key: '', rate: 0};
    let second = 0;
    for (const [key, keepingUp] of this.#keepingUp) {
      const rate = keepingUp.rate(now);
      second = Math.max(second, Math.min(rate, quickest.rate));
      if (rate > quickest.rate) quickest = {key, rate};
    }
    this.#quickest = quickest;
    this.#second = second;
    // nobody has taken anything so far
    if (quickest.rate === 0) this.#lookedUp = -Infinity;
  }
}
