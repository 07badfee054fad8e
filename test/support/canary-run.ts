// What all tests of a run planted, and what any of them printed, wrote or sent: kept by each process in a folder of the run's own,
// and compared once at its end, as a secret of one file may have got into what another one does.
import {randomBytes} from 'node:crypto';
import {appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

/** Where the run keeps it; mocha's other processes inherit the variable. */
const variable = 'CORECTL_TEST_CANARIES';

interface Planted {
  readonly secret: string;
  /** Those whose own it is; empty where no registry may be told apart from it. */
  readonly hosts: readonly string[];
}

interface Seen {
  readonly text: string;
  /** What it was, for the message. */
  readonly what: string;
  /** Whom it was sent to; absent for what was printed or written. */
  readonly host?: string;
}

// what a process holds back before it writes
const enough = 1 << 20;

/** One process's part in a run. */
export class CanaryRun {
  readonly #folder: string;
  readonly #name = randomBytes(8).toString('hex');
  readonly #waiting = {planted: [] as string[], seen: [] as string[]};
  readonly #known = new Set<string>();
  #size = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Remembers a secret to the end of the run. */
  plant(secret: string, hosts: readonly string[]): void {
    this.#keep('planted', JSON.stringify({secret, hosts} satisfies Planted));
  }

  /** Remembers what was seen to the end of the run, the same text once. */
  see(what: string, text: string, host?: string): void {
    const key = `${host ?? ''} ${text}`;
    if (text.length < shortest || this.#known.has(key)) return;
    this.#known.add(key);
    this.#keep('seen', JSON.stringify({text, what, ...(host !== undefined && {host})} satisfies Seen));
  }

  /** Writes what was held back; to be called after each file of tests. */
  flush(): void {
    for (const kind of ['planted', 'seen'] as const) {
      const lines = this.#waiting[kind].splice(0);
      if (lines.length > 0)
        appendFileSync(path.join(this.#folder, `${kind}-${this.#name}`), `${lines.join('\n')}\n`);
    }
    this.#size = 0;
    this.#known.clear();
  }

  #keep(kind: 'planted' | 'seen', line: string): void {
    this.#waiting[kind].push(line);
    this.#size += line.length;
    if (this.#size > enough) this.flush();
  }
}

/** Begins a run of mocha, in the process that starts all others. */
export function beginRun(): void {
  process.env[variable] = mkdtempSync(path.join(tmpdir(), 'corectl-canaries-'));
}

/** This process's part in the run of mocha that it belongs to; undefined where there is none. */
export function currentRun(): CanaryRun | undefined {
  const folder = process.env[variable];
  return folder === undefined ? undefined : onceAProcess('run', () => new CanaryRun(folder));
}

/** Something of which a process has one: mocha loads its hooks, and all that they import, apart from the tests. */
export function onceAProcess<Value>(name: string, make: () => Value): Value {
  const shared = globalThis as {[key: symbol]: unknown};
  return (shared[Symbol.for(`corectl canaries: ${name}`)] ??= make()) as Value;
}

/** Ends the run of mocha, and removes what was kept of it. */
export function endRun(): RunFindings {
  currentRun()?.flush();
  const folder = process.env[variable];
  if (folder === undefined) return {secrets: 0, characters: 0, found: []};
  try {
    return findingsIn(folder);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** How a run ended. */
export interface RunFindings {
  /** Different secrets. */
  readonly secrets: number;
  /** Characters that were looked through. */
  readonly characters: number;
  /** Where a secret was that is not its own place, one sentence each. */
  readonly found: readonly string[];
}

/** Compares everything that was seen with everything that was planted, by whichever process. */
export function findingsIn(folder: string): RunFindings {
  const owners = ownersOf(linesOf<Planted>(folder, 'planted'));
  const look = lookout([...owners.keys()]);
  let characters = 0;
  const found = new Set<string>();
  for (const {text, what, host} of linesOf<Seen>(folder, 'seen')) {
    characters += text.length;
    for (const secret of look(text)) {
      const own = owners.get(secret) ?? new Set();
      if (host !== undefined && (own.size === 0 || own.has(host))) continue;
      found.add(`a secret (${secret.slice(0, 6)}…) is in ${what}`);
    }
  }
  return {secrets: owners.size, characters, found: [...found]};
}

function* linesOf<Line>(folder: string, kind: string): Generator<Line> {
  for (const name of readdirSync(folder).filter((one) => one.startsWith(`${kind}-`)))
    for (const line of readFileSync(path.join(folder, name), 'utf8').split('\n'))
      if (line !== '') yield JSON.parse(line) as Line;
}

function ownersOf(planted: Iterable<Planted>): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const {secret, hosts} of planted) {
    const own = owners.get(secret) ?? new Set();
    for (const host of hosts) own.add(host);
    owners.set(secret, own);
  }
  return owners;
}

/** Shorter secrets, such as `secret`, are words of messages. */
export const shortest = 10;

/** A secret as it may be shown: as it is, in base64 from its start, in a form or an address. */
export function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [...new Set([secret, base64, encodeURIComponent(secret)])];
}

/**
 * Finds any of many secrets in a text, by the last characters of each form: those are the random ones of a token, whose
 * beginning is that of all others. Four of them say at nearly every place that nothing ends there.
 */
function lookout(secrets: readonly string[]): (text: string) => Set<string> {
  const forms = secrets.flatMap((secret) => formsOf(secret).map((form) => ({form, secret})));
  const byEnd = byEnds(forms);
  const ends = new Uint8Array(slots);
  for (const end of byEnd.keys()) ends[slotOf(Array.from(end).reduce(withNext, 0))] = 1;
  return (text) => {
    const found = new Set<string>();
    let last = 0;
    for (let at = 1; at <= text.length; at++) {
      last = (last << 8) | (text.charCodeAt(at - 1) & 255);
      if (ends[slotOf(last)] === 0) continue;
      for (const {form, secret} of byEnd.get(text.slice(at - endLength, at)) ?? [])
        if (text.endsWith(form, at) && isWhole(text, at - form.length, at)) found.add(secret);
    }
    return found;
  };
}

interface Form {
  readonly form: string;
  readonly secret: string;
}

function byEnds(forms: readonly Form[]): Map<string, Form[]> {
  const ends = new Map<string, Form[]>();
  for (const one of forms) {
    const end = one.form.slice(-endLength);
    ends.set(end, [...(ends.get(end) ?? []), one]);
  }
  return ends;
}

/** Whether what stands there is no part of a longer word, such as another test's secret that begins in the same way. */
const isWhole = (text: string, from: number, to: number): boolean =>
  !/[\w-]/.test(text.charAt(to)) && !/[\w-]/.test(text.charAt(from - 1));

const endLength = 8;
const slots = 1 << 20;

const withNext = (last: number, character: string): number => (last << 8) | (character.charCodeAt(0) & 255);

/** The last four characters as a number of 20 bits, by multiplication with 2^32 divided by the golden ratio (Knuth). */
const slotOf = (last: number): number => Math.imul(last, 0x9e3779b1) >>> 12;
