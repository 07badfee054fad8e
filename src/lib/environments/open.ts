import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError} from '../errors.ts';
import {printable} from '../printable.ts';
import {currentClone, type CurrentClone} from './current-clone.ts';
import {inHome} from './home-error.ts';
import {fingerprintOf, keep, readKept, type ReadHome} from './model-cache.ts';
import type {Allowed} from './settings.ts';
import {shownSource} from './shown-source.ts';

export interface OpenedEnvironments extends ReadHome {
  /** The commit of the clone. */
  readonly commit?: string;
}

// each time another corectl has to finish an update while this one reads
const attempts = 20;

/**
 * The environments repository of a home directory, read from its clone, or, while no file has changed, from what the
 * last reading kept. All of it is of one commit: where another clone has come in its place meanwhile, it is read again.
 * Raises `not-initialised` before the first init, `home-unusable`, and `home-busy` where the clone never stays the same.
 */
export async function openEnvironments(home: string): Promise<OpenedEnvironments> {
  return inHome(home, async () => {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const opened = await openOnce(home);
      if (opened !== undefined) return opened;
    }
    throw new CorectlError({
      code: 'home-busy',
      message: `the environments repository in ${printable(home, 300)} was replaced again and again while it was read`,
      suggestions: ['run the same command again once no other corectl updates this home'],
    });
  });
}

/** Undefined where the home's clone changed in between: what was read may be of both. */
async function openOnce(home: string): Promise<OpenedEnvironments | undefined> {
  const clone = currentClone(home);
  const isSame = () => currentClone(home)?.identity === clone?.identity;
  try {
    const opened = await openClone(home, clone);
    return isSame() ? opened : undefined;
  } catch (error) {
    // a clone that was just removed lacks files
    if (isSame()) throw error;
    return undefined;
  }
}

async function openClone(home: string, clone: CurrentClone | undefined): Promise<OpenedEnvironments> {
  if (clone === undefined) throw notInitialised(await sourceOf(home));
  const {directory} = clone;
  const fingerprint = fingerprintOf(home, directory);
  let read = fingerprint && readKept(directory, fingerprint);
  if (read === undefined) {
    read = await readHome(home, directory);
    if (fingerprint !== undefined) keep(directory, fingerprint, read);
  }
  const commit = await readCommit(directory);
  return {...read, ...(commit !== undefined && {commit})};
}

async function readHome(home: string, clone: string): Promise<ReadHome> {
  // the parsers are loaded only where something is to be parsed
  const [{readAllowed, readSettings}, {loadModel}] = await Promise.all([
    import('./settings.ts'),
    import('./reading/load.ts'),
  ]);
  const settings = await readSettings(home);
  if (settings === undefined) throw notInitialised();
  const {source, ref, file} = settings;
  const allowed = await readAllowed(home).catch(() => undefined); // whoever asks for it is told
  return {
    model: await loadModel(clone, file),
    source: shownSource(source),
    ...(ref !== undefined && {ref}),
    ...(allowed !== undefined && {allowed}),
  };
}

async function sourceOf(home: string): Promise<string | undefined> {
  const {readSettings} = await import('./settings.ts');
  return (await readSettings(home))?.source;
}

/**
 * What the settings of a home allow; while no file has changed, what the last reading kept, so that nothing is parsed.
 * Raises `invalid-settings` for a list that is none.
 */
export async function allowedIn(home: string): Promise<Allowed> {
  const directory = currentClone(home)?.directory;
  const fingerprint = directory === undefined ? undefined : fingerprintOf(home, directory);
  const kept = directory && fingerprint && readKept(directory, fingerprint)?.allowed;
  return kept ? kept : (await import('./settings.ts')).readAllowed(home);
}

/** The commit that a clone of corectl's is at: its HEAD is always detached. */
export async function readCommit(clone: string): Promise<string | undefined> {
  const head = await readFile(path.join(clone, '.git', 'HEAD'), 'utf8').catch(() => '');
  return /^[0-9a-f]{40,64}$/.exec(head.trim())?.[0];
}

/** For a home without a clone, before the first init or after the clone was removed. */
export function notInitialised(source?: string): CorectlError {
  return new CorectlError({
    code: 'not-initialised',
    message:
      source === undefined
        ? 'there is no environments repository yet'
        : 'the clone of the environments repository is missing',
    suggestions: [`corectl init -e ${source === undefined ? 'URL|PATH' : shownSource(source)}`],
  });
}
