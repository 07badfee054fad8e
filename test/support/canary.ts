// Secrets that are in use in a test file, and where each may be seen: every run of the CLI, every promotion in this process and every
// registry that is closed is looked through for all of them. What other files planted is looked for at the end (canary-run.ts).
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import type {RequestLog} from '../../src/lib/registry/request-log.ts';
import {currentRun, formsOf, onceAProcess, shortest} from './canary-run.ts';

/** By secret: the hosts whose own it is. */
const planted = onceAProcess('planted', () => new Map<string, Set<string>>());

/** A secret that nobody but these hosts may get to see, and that nothing may print or write. */
export function plant(secret: string | undefined, ...hosts: readonly string[]): void {
  if (secret === undefined || secret.length < shortest) return;
  const own = planted.get(secret) ?? new Set();
  for (const host of hosts) own.add(host);
  planted.set(secret, own);
  currentRun()?.plant(secret, hosts);
}

/** Another test file has its own secrets: one process runs several, and a word that is a secret in one may be anything in the next. */
export function forgetPlanted(): void {
  planted.clear();
}

/** Raises an error where a secret is in what was printed. */
export function expectNothingPrinted(what: string, text: string): void {
  const found = [...planted.keys()].find((secret) => formsOf(secret).some((form) => text.includes(form)));
  if (found !== undefined) throw new Error(`a secret is in ${what}: ${found.slice(0, 6)}…`);
  currentRun()?.see(what, text);
}

/** Raises an error where a secret is in a file below the folder. What other processes remove meanwhile is not there. */
export function expectNothingWritten(folder: string): void {
  for (const entry of whileThere(() => readdirSync(folder, {withFileTypes: true})) ?? []) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) expectNothingWritten(place);
    const text = entry.isFile() ? whileThere(() => readFileSync(place, 'latin1')) : undefined;
    if (text !== undefined) expectNothingPrinted(`the file ${place}`, text);
  }
}

function whileThere<Found>(look: () => Found): Found | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Raises an error where a host was sent a secret that is another's. */
export function expectNothingSent(host: string, log: RequestLog): void {
  const foreign = [...planted].filter(([, own]) => own.size > 0 && !own.has(host)).map(([secret]) => secret);
  const run = currentRun();
  for (const {url, rawHeaders} of log.requests()) {
    const values = [url, ...rawHeaders.map(withLogin)];
    const text = values.join('\n');
    const found = foreign.find((secret) => text.includes(secret));
    if (found !== undefined)
      throw new Error(`${host} was sent a secret of another host: ${found.slice(0, 6)}…`);
    for (const value of values) run?.see(`a request to ${host}`, value, host);
  }
}

/** A header with the login of a Basic one in plain text. */
function withLogin(value: string): string {
  const [, encoded] = /^Basic (\S+)$/i.exec(value) ?? [];
  return encoded === undefined ? value : `${value} ${Buffer.from(encoded, 'base64').toString('utf8')}`;
}
