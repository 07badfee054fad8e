import {isRecord} from '../../is-record.ts';
import {parseJson} from '../../json.ts';

/** A process that holds a lock. */
export interface Holder {
  /** Unlike every other process's. */
  readonly id: string;
  /** Its part of the run: two of one part exclude each other. */
  readonly part: string;
  /** Who it is and since when, for people. */
  readonly who: string;
  readonly since: string;
  /** Grows as long as it lives. */
  readonly renewal: number;
}

/** What a lock's ref says: a run, and those of its processes that are under way. */
export interface Lock {
  readonly run: string;
  readonly holders: readonly Holder[];
}

/** The form that this corectl writes and reads. */
const version = 1;

/** A lock as text: a line for people, then what is read. */
export function formatLock({run, holders}: Lock): string {
  return `A promotion of corectl is under way\n\n${JSON.stringify({corectlLock: version, run, holders})}\n`;
}

/** The lock that a text tells; undefined for what is none. */
export function parseLock(text: string): Lock | undefined {
  const document = parseJson(text.slice(text.indexOf('{')));
  if (!isRecord(document) || document.corectlLock !== version || typeof document.run !== 'string')
    return undefined;
  const {run, holders} = document;
  return Array.isArray(holders) && holders.every(isHolder) ? {run, holders} : undefined;
}

function isHolder(value: unknown): value is Holder {
  if (!isRecord(value)) return false;
  const {id, part, who, since, renewal} = value;
  return [id, part, who, since].every((one) => typeof one === 'string') && typeof renewal === 'number';
}

/**
 * Tells who is dead: a process whose renewal did not grow for so long while it was watched, by the watcher's own clock. No two
 * clocks are compared, so none has to be right.
 */
export class Watch {
  readonly #deadAfter: number;
  readonly #seen = new Map<string, {readonly renewal: number; readonly at: number}>();

  constructor(deadAfter: number) {
    this.#deadAfter = deadAfter;
  }

  isDead({id, renewal}: Holder, now: number): boolean {
    const seen = this.#seen.get(id);
    if (seen?.renewal === renewal) return now - seen.at >= this.#deadAfter;
    this.#seen.set(id, {renewal, at: now});
    return false;
  }
}

/** What a lock is to become for a process that wants it, or who is in its way: others' runs, and its own part's twin. */
export function claim(
  found: Lock | undefined,
  {run, holder}: {readonly run: string; readonly holder: Holder},
  isDead: (holder: Holder) => boolean,
): Lock | Holder {
  const living = (found?.holders ?? []).filter((one) => one.id !== holder.id && !isDead(one));
  const isOwnRun = found?.run === run;
  const obstacle = living.find(({part}) => !isOwnRun || part === holder.part);
  return obstacle ?? {run, holders: [...living, holder]};
}

/** The lock with the process's sign of life; undefined where it does not hold it any more. */
export function renewed(found: Lock | undefined, id: string): Lock | undefined {
  if (found?.holders.some((one) => one.id === id) !== true) return undefined;
  const holders = found.holders.map((one) => (one.id === id ? {...one, renewal: one.renewal + 1} : one));
  return {...found, holders};
}

/** The lock without the process; undefined where nobody is left. */
export function without(found: Lock, id: string): Lock | undefined {
  const holders = found.holders.filter((one) => one.id !== id);
  return holders.length === 0 ? undefined : {...found, holders};
}
