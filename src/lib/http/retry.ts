import {OciError, ociError} from '../oci-error.ts';
import {wait, type Pace} from './pace.ts';

/** How often and how fast a request is repeated. Delays are milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Before the second attempt; doubled for each further one, half of it random. */
  readonly delay: number;
  /** The longest pause that a registry may ask for with Retry-After. */
  readonly longestPause: number;
}

export const defaultRetryPolicy: RetryPolicy = {attempts: 5, delay: 200, longestPause: 120_000};

/** Statuses after which the same request may well succeed. */
const transientStatuses = new Set([408, 429, 499, 500, 502, 503, 504, 522]);

/** Whether the failure may pass by itself: the network's, a registry's overload or restart. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof OciError)) return false;
  if (error.status !== undefined) return transientStatuses.has(error.status);
  return error.code === 'unreachable' || error.code === 'timeout';
}

/** Codes of a 400 that some registries answer with for no lasting reason. */
const oddCodes = ['UNKNOWN', 'BLOB_UPLOAD_INVALID'];

/** Reasons of a 401 that stay. */
const lastingReasons = ['DENIED', 'insufficient_scope'];

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly pace: Pace;
  readonly host: string;
  /** Whether a 401 is worth one more attempt: some registries refuse the first push to a new repository. */
  readonly mayBeNew?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an attempt until it succeeds, fails for good, or the attempts are used up; `attempt` gets 1, 2, … A Retry-After
 * pauses the whole host. Raises the last failure, or `rate-limited` as pauseAfter does.
 */
export async function retrying<T>(context: RetryContext, attempt: (n: number) => Promise<T>): Promise<T> {
  const {signal} = context;
  for (let n = 1; ; n += 1) {
    try {
      return await attempt(n);
    } catch (error) {
      if (n >= attemptsFor(error, context) || signal?.aborted === true) throw error;
      await pauseAfter(error, n, context);
    }
  }
}

/**
 * Waits between attempt `n`, which failed, and the next one. The whole host pauses for as long as the registry asked for, or
 * for a while when it only said that there were too many requests; for everything else only the caller waits. Raises
 * `rate-limited` when the registry asks for too long a wait.
 */
export async function pauseAfter(error: unknown, n: number, context: RetryContext): Promise<void> {
  const {policy, pace, host, signal} = context;
  const asked = error instanceof OciError ? error.retryAfter : undefined;
  if (asked !== undefined && asked > policy.longestPause) throw rateLimited(host, asked, error);
  if (asked !== undefined) pace.pause(host, asked);
  else if (isRateLimit(error)) pace.pause(host, backoff(policy.delay, n));
  else await wait(backoff(policy.delay, n), signal);
}

/**
 * The milliseconds that a Retry-After header asks for, in seconds or as a date, which is compared with `now`, the answer's own
 * Date; undefined when it makes no sense (RFC 9110 §10.2.3).
 */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const trimmed = value.trim();
  if (/^\d{1,9}$/.test(trimmed)) return Number(trimmed) * 1000;
  const until = Date.parse(trimmed);
  return !(until > now) || /^-?[\d.]+$/.test(trimmed) ? undefined : until - now;
}

/** Being told to slow down is no fault: with many requests in flight it happens to each of them several times. */
function attemptsFor(error: unknown, {policy: {attempts}, mayBeNew}: RetryContext): number {
  if (isRateLimit(error)) return attempts * 3;
  if (isTransient(error)) return attempts;
  return isOdd(error) || (mayBeNew === true && isUnauthorized(error)) ? Math.min(attempts, 2) : 1;
}

const isOdd = (error: unknown): boolean =>
  error instanceof OciError &&
  error.status === 400 &&
  error.registryCodes.some((code) => oddCodes.includes(code));

const isUnauthorized = (error: unknown): boolean =>
  error instanceof OciError &&
  error.status === 401 &&
  !error.registryCodes.some((code) => lastingReasons.includes(code));

const isRateLimit = (error: unknown): boolean => error instanceof OciError && error.status === 429;

function backoff(delay: number, n: number): number {
  const full = delay * 2 ** (n - 1);
  return full / 2 + Math.random() * (full / 2);
}

function rateLimited(host: string, asked: number, cause: unknown): OciError {
  const seconds = Math.ceil(asked / 1000);
  return ociError('rate-limited', `${host} limits the rate and asks to wait ${seconds} s`, {
    suggestions: [
      `run the same command again in ${Math.ceil(seconds / 60)} minutes: it goes on where it stopped`,
    ],
    cause,
  });
}
