import {setMaxListeners} from 'node:events';
import {ociError} from '../oci-error.ts';

/** Runs work for at most so many milliseconds, then aborts it. Raises `timeout`, and what the work raises. */
export async function within<T>(limit: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const clock = new AbortController();
  // every request of the work listens
  setMaxListeners(0, clock.signal);
  const timer = setTimeout(() => {
    clock.abort();
  }, limit);
  try {
    return await work(clock.signal);
  } catch (error) {
    if (!clock.signal.aborted) throw error;
    throw ociError('timeout', `looking at it takes longer than ${limit / 1000} s`, {
      suggestions: ['CORECTL_PREFLIGHT_TIMEOUT gives a slow registry more seconds'],
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}
