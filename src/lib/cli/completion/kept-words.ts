import {randomBytes} from 'node:crypto';
import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';

export interface Keeping {
  /** The home directory. */
  readonly home: string;
  /** What was asked for, and where. */
  readonly key: string;
  /** Milliseconds of the epoch. */
  readonly now: number;
}

/**
 * What a registry listed a moment ago, or else what it lists now. Raises what listing raises; a home that cannot be read or
 * written is no failure.
 */
export async function keptWords(
  keeping: Keeping,
  list: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const {home, key, now} = keeping;
  const kept = readKept(home).filter(({at}) => at <= now && now - at < keptMs);
  const found = kept.find((one) => one.key === key);
  if (found !== undefined) return found.words;
  const words = await list();
  keep(home, [{key, at: now, words}, ...kept].slice(0, mostKept));
  return words;
}

/** Long enough to type a line to its end, and short enough that a tag that was pushed is there when one looks again. */
const keptMs = 20_000;

/** Lists that one person asks for within that time. */
const mostKept = 8;

interface Kept {
  readonly key: string;
  readonly at: number;
  readonly words: readonly string[];
}

const keptFile = (home: string): string => path.join(home, 'completion.json');

function readKept(home: string): Kept[] {
  try {
    const kept = JSON.parse(readFileSync(keptFile(home), 'utf8')) as unknown;
    return Array.isArray(kept) ? kept.filter(isKept) : [];
  } catch {
    return [];
  }
}

function isKept(value: unknown): value is Kept {
  const {key, at, words} = Object(value) as Partial<Record<keyof Kept, unknown>>;
  return (
    typeof key === 'string' &&
    typeof at === 'number' &&
    Array.isArray(words) &&
    words.every((word) => typeof word === 'string')
  );
}

/** In one step: another TAB may read at the same time. */
function keep(home: string, kept: readonly Kept[]): void {
  const fresh = `${keptFile(home)}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(fresh, JSON.stringify(kept), {mode: 0o600, flag: 'wx'});
    renameSync(fresh, keptFile(home));
  } catch {
    rmSync(fresh, {force: true});
  }
}
