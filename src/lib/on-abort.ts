/**
 * Calls once the signal is aborted, at once if it is, and gives what takes that back. Any number may follow one signal: Node
 * goes through all that listen to it for each one more, and takes more than ten of them for a leak.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => undefined;
  }
  const followers = followed.get(signal) ?? new Followers(signal);
  followed.set(signal, followers);
  return followers.add(call);
}

const followed = new WeakMap<AbortSignal, Followers>();

/** All that follow one signal, over one listener while there are any: a signal that is listened to is kept in memory. */
class Followers {
  readonly #signal: AbortSignal;
  readonly #calls = new Set<() => void>();
  readonly #abort = () => {
    for (const call of this.#calls) call();
    this.#calls.clear();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(call: () => void): () => void {
    // one of its own: the same function may follow twice
    const own = () => {
      call();
    };
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#abort, {once: true});
    this.#calls.add(own);
    return () => {
      this.#calls.delete(own);
      if (this.#calls.size === 0) this.#signal.removeEventListener('abort', this.#abort);
    };
  }
}
