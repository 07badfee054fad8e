import {lstatSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {build} from '../build.ts';
import {forgetOldest} from '../forget-oldest.ts';
import {settingsFile} from './home.ts';
import type {Model} from './model.ts';
import type {Allowed} from './settings.ts';

/** What a home directory says: its settings and the repository they lead to. */
export interface ReadHome {
  readonly model: Model;
  readonly source: string;
  readonly ref?: string;
  /** What the settings allow; absent where a list in them is none. */
  readonly allowed?: Allowed;
}

/** What a home directory was like at a moment: equal for equal files. */
export interface Fingerprint {
  readonly text: string;
  /** When the newest of its files was changed, in milliseconds of the epoch. */
  readonly newest: number;
}

// beyond that, looking at every file takes longer than it saves
const entryLimit = 5000;

/**
 * The identity, size and time of change of every file that a home and its clone are read from, without opening one;
 * undefined where there are very many. The times are those of the inode: they cannot be set back.
 */
export function fingerprintOf(home: string, clone: string): Fingerprint | undefined {
  const lines: string[] = [];
  let newest = 0;
  const look = (file: string): boolean => {
    const status = lstatSync(file, {throwIfNoEntry: false});
    if (status === undefined) return false;
    newest = Math.max(newest, status.ctimeMs);
    lines.push(`${file}\0${status.mode} ${status.ino} ${status.size} ${status.ctimeMs}`);
    return status.isDirectory();
  };
  look(settingsFile(home));
  const entries = [clone];
  for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
    if (lines.length > entryLimit) return undefined;
    if (!look(entry)) continue;
    for (const name of readdirSync(entry)) if (name !== '.git') entries.push(path.join(entry, name));
  }
  return {text: lines.join('\n'), newest};
}

/** What was kept under this fingerprint, if anything was. */
export function readKept(clone: string, {text, newest}: Fingerprint): ReadHome | undefined {
  try {
    const file = keptFile(clone);
    // a file that was changed in the moment of keeping may have been read before the change
    if (statSync(file).mtimeMs < newest + certainty) return undefined;
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    if (kept.writer !== build || kept.fingerprint !== text) return undefined;
    return {...kept.home, model: {...kept.home.model, ...maps(kept.home.model)}};
  } catch {
    return undefined;
  }
}

/** Keeps what was read, for the next run; a home that cannot be written to is no failure. */
export function keep(clone: string, {text}: Fingerprint, read: ReadHome): void {
  const file = keptFile(clone);
  const temporary = `${file}.${process.pid}`;
  const {environments, tenants, stages} = read.model;
  const model = {
    ...read.model,
    environments: [...environments],
    tenants: [...tenants],
    stages: [...stages],
  };
  const kept: Kept = {writer: build, fingerprint: text, home: {...read, model}};
  try {
    writeFileSync(temporary, JSON.stringify(kept), {mode: 0o600, flag: 'wx'});
    renameSync(temporary, file);
    // a clone that is never updated outlives many builds
    forgetOldest(path.dirname(file), /^corectl-model-\w+\.json$/, buildsKept);
  } catch {
    rmSync(temporary, {force: true});
  }
}

interface Kept {
  readonly writer: string;
  readonly fingerprint: string;
  readonly home: Omit<ReadHome, 'model'> & {readonly model: KeptModel};
}

type Entries<Value> = readonly (readonly [string, Value])[];
type KeptModel = {
  [Key in keyof Model]: Model[Key] extends ReadonlyMap<string, infer Value> ? Entries<Value> : Model[Key];
};

// file systems over a network keep times to the second
const certainty = 2000;

/** In git's folder, where nothing of the repository's own can be, and where it goes with the clone; a file for each build. */
const keptFile = (clone: string): string => path.join(clone, '.git', `corectl-model-${build}.json`);

// more builds than that do not share a home at the same time
const buildsKept = 4;

function maps({
  environments,
  tenants,
  stages,
}: KeptModel): Pick<Model, 'environments' | 'tenants' | 'stages'> {
  return {environments: new Map(environments), tenants: new Map(tenants), stages: new Map(stages)};
}
