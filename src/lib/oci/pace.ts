import pLimit, {type LimitFunction} from 'p-limit';

/** Requests to one host that may wait for their answer at the same time. */
const requestsInFlight = 16;

/** Keeps the pace of requests for each host, across everyone who talks to it. */
export class Pace {
  readonly #hosts = new Map<string, {slots: LimitFunction; pausedUntil: number}>();
  readonly #inFlight: number;

  constructor(inFlight = requestsInFlight) {
    this.#inFlight = inFlight;
  }

  /** Runs one request when the host has a slot and is not paused. To be held around I/O only. */
  run<T>(host: string, request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const state = this.#host(host);
    return state.slots(async () => {
      await resumption(() => state.pausedUntil, signal);
      signal?.throwIfAborted();
      return request();
    });
  }

  /** Lets no further request to the host begin for so many milliseconds: what Retry-After asks for. */
  pause(host: string, milliseconds: number): void {
    const state = this.#host(host);
    state.pausedUntil = Math.max(state.pausedUntil, performance.now() + milliseconds);
  }

  #host(host: string): {slots: LimitFunction; pausedUntil: number} {
    let state = this.#hosts.get(host);
    if (state === undefined) {
      state = {slots: pLimit(this.#inFlight), pausedUntil: 0};
      this.#hosts.set(host, state);
    }
    return state;
  }
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, {once: true});
  });
}

async function resumption(pausedUntil: () => number, signal?: AbortSignal): Promise<void> {
  for (let left = pausedUntil() - performance.now(); left > 0; left = pausedUntil() - performance.now()) {
    if (signal?.aborted === true) return;
    await wait(left, signal);
  }
}
