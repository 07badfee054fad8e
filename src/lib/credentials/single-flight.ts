import {onAbort} from '../on-abort.ts';

/** Work that many may wait for at once: it runs once for all, and ends early only when nobody waits any more. */
export interface SharedWork<T> {
  readonly state: () => 'running' | 'settled' | 'abandoned';
  /** The result; rejects with the signal's reason when the one who waits gives up. */
  wait(signal?: AbortSignal): Promise<T>;
}

/** Starts the work; its signal is aborted once everyone who waited has given up. */
export function shareWork<T>(work: (signal: AbortSignal) => Promise<T>): SharedWork<T> {
  const abandoned = new AbortController();
  let state: 'running' | 'settled' | 'abandoned' = 'running';
  let waiting = 0;
  const result = work(abandoned.signal).finally(() => {
    if (state === 'running') state = 'settled';
  });
  result.catch(() => undefined);
  const leave = () => {
    waiting -= 1;
    if (waiting > 0 || state !== 'running') return;
    state = 'abandoned';
    abandoned.abort();
  };
  return {
    state: () => state,
    wait: async (signal) => {
      signal?.throwIfAborted();
      waiting += 1;
      try {
        return await (signal ? Promise.race([result, rejection(signal, result)]) : result);
      } finally {
        leave();
      }
    },
  };
}

function rejection(signal: AbortSignal, until: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const forget = onAbort(signal, () => {
      reject(signal.reason as Error);
    });
    until.then(forget, forget);
  });
}
