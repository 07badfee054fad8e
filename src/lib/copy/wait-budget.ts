/** The part of the time passed that others may lose to a slow one, besides a fixed time. */
const share = 0.15;

/** How long a slow target may keep the others waiting in all: some milliseconds, and a share of the time that has passed. */
export class WaitBudget {
  readonly #milliseconds: number;
  readonly #started = performance.now();
  #spent = 0;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** Milliseconds that they would still wait; none or less when it is used up. */
  get left(): number {
    return this.#milliseconds + (performance.now() - this.#started) * share - this.#spent;
  }

  /** They have waited for so many milliseconds. */
  spend(milliseconds: number): void {
    this.#spent += milliseconds;
  }
}
