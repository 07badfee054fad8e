import {wait} from '../http/pace.ts';
import {Slots} from './slots.ts';
import type {Target} from './target.ts';
import {WaitBudget} from './wait-budget.ts';

/** Milliseconds that blobs wait for a target which is still at earlier ones when another has them. */
const budgetOfOthers = 500;

/** Bytes in flight are bounded by this many uploads at a time to a target that goes on alone. */
const aloneAtOnce = 2;

/** Targets that fell behind the others: they read on their own from then on. */
export class SlowTargets {
  readonly #alone = new Map<string, Slots>();
  readonly #slow = new Set<string>();
  readonly #budgets = new Map<string, WaitBudget>();

  has({key}: Target): boolean {
    return this.#slow.has(key);
  }

  add({key}: Target): void {
    this.#slow.add(key);
  }

  /** Places for the uploads of a target that goes on alone. */
  alone({key}: Target): Slots {
    const slots = this.#alone.get(key) ?? new Slots(aloneAtOnce);
    this.#alone.set(key, slots);
    return slots;
  }

  /** Milliseconds that the others would still wait for the target. */
  patienceWith(target: Target): number {
    return this.#budgetFor(target).left;
  }

  /** Waits for something of the target's, at the cost of the others; false when that has cost them too much. */
  async await(target: Target, done: Promise<unknown>): Promise<boolean> {
    const budget = this.#budgetFor(target);
    const started = performance.now();
    const late = new AbortController();
    await Promise.race([done, wait(budget.left, late.signal)]);
    late.abort();
    budget.spend(performance.now() - started);
    return budget.left >= 0;
  }

  #budgetFor({key}: Target): WaitBudget {
    const budget = this.#budgets.get(key) ?? new WaitBudget(budgetOfOthers);
    this.#budgets.set(key, budget);
    return budget;
  }
}
