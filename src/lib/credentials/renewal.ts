import {shareWork, type SharedWork} from './single-flight.ts';

/** Milliseconds before its end at which a long-lived credential is replaced; a shorter one after 80 % of its life. */
const longestMargin = 300_000;

interface Perishable {
  readonly expires?: number | undefined;
}

export interface RenewalRequest {
  /** What was supplied before is refused: get another one. */
  readonly renew?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Keeps what `obtain` supplies until shortly before its end. Whoever asks meanwhile, and everyone who asks while it is being
 * obtained, gets the same. A renewal ahead of time that fails does no harm while the old one lasts. `now` in milliseconds.
 */
export function renewing<T extends Perishable>(
  obtain: (signal: AbortSignal) => Promise<T>,
  now: () => number = Date.now,
): (request?: RenewalRequest) => Promise<T> {
  let current: SharedWork<T> | undefined;
  let kept: {readonly value: T; renewAt: number} | undefined;
  const start = (): SharedWork<T> =>
    shareWork(async (signal) => {
      const started = now();
      const value = await obtain(signal);
      kept = {value, renewAt: renewalTime(value, started, now())};
      return value;
    });
  return async ({renew = false, signal} = {}) => {
    const valid = kept !== undefined && now() < (kept.value.expires ?? Infinity) ? kept : undefined;
    if (current?.state() !== 'running') {
      if (!renew && valid !== undefined && now() < valid.renewAt) return valid.value;
      // a first failure is everyone's, instead of being asked for again and again
      const failed = kept === undefined && current?.state() === 'settled';
      if (renew || !failed) current = start();
    }
    const renewed = (current ??= start()).wait(signal);
    if (renew || valid === undefined) return renewed;
    return renewed.catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      valid.renewAt = afterFailure(valid.value, now());
      return valid.value;
    });
  };
}

/** Again when half of what is left has gone. */
const afterFailure = ({expires = Infinity}: Perishable, now: number): number => (now + expires) / 2;

function renewalTime({expires}: Perishable, started: number, obtained: number): number {
  if (expires === undefined) return Infinity;
  // its life is counted from the request: the answer may have been long under way
  return Math.max(expires - Math.min(longestMargin, (expires - started) * 0.2), obtained);
}
