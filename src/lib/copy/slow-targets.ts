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

  has({key}: Target): boolean {
    return this.#slow.has(key);
  }

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

  #quickestBut(key: string, now: number): number {
    let quickest = 0;
    // in a loop: there may be more targets than a call takes arguments
    for (const [other, keepingUp] of this.#keepingUp)
      if (other !== key) quickest = Math.max(quickest, keepingUp.rate(now));
    return quickest;
  }
}
