import type {Bound} from '../copy/source.ts';
import {ociError} from '../oci-error.ts';
import {onAbort} from '../on-abort.ts';

/** Runs work for at most so many milliseconds, then aborts it. Raises `timeout`, and what the work raises. */
export async function within<T>(limit: number, work: (bound: Bound) => Promise<T>): Promise<T> {
  const clock = new Clock(limit);
  try {
    const result = await work(clock);
    clock.forget();
    return result;
  } catch (error) {
    // what is still under way ends with the run
    if (!clock.isOver) throw error;
    throw ociError('timeout', `looking at it takes longer than ${limit / 1000} s`, {
      suggestions: ['CORECTL_PREFLIGHT_TIMEOUT gives a slow registry more seconds'],
      cause: error,
    });
  } finally {
    clock.stop();
  }
}

/**
 * A limit that costs nothing until something is asked: of what is up to date most is not. It listens to the run's signal by
 * itself and only while the work is under way; signals that `AbortSignal.any` makes stay in that one's list for the whole run.
 */
class Clock implements Bound {
  isOver = false;
  readonly #until: number;
  readonly #followed = new Map<AbortSignal, () => void>();
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(limit: number) {
    this.#until = performance.now() + limit;
  }

  beside(run: AbortSignal | undefined): AbortSignal {
    const controller = (this.#controller ??= this.#started());
    if (run !== undefined && !this.#followed.has(run)) this.#follow(run, controller);
    return controller.signal;
  }

  /** The work takes no longer. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Nothing of it is under way. */
  forget(): void {
    for (const stop of this.#followed.values()) stop();
    this.#followed.clear();
  }

  #started(): AbortController {
    const controller = new AbortController();
    if (this.#isStopped) return controller;
    const end = () => {
      this.isOver = true;
      controller.abort();
    };
    this.#timer = setTimeout(end, this.#until - performance.now());
    return controller;
  }

  #follow(run: AbortSignal, controller: AbortController): void {
    const stop = onAbort(run, () => {
      controller.abort(run.reason);
    });
    this.#followed.set(run, stop);
  }
}
