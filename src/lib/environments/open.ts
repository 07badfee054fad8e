import {readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError} from '../errors.ts';
import {cloneDirectory} from './home.ts';
import {fingerprintOf, keep, readKept, type ReadHome} from './model-cache.ts';

export interface OpenedEnvironments extends ReadHome {
  /** The commit of the clone. */
  readonly commit?: string;
}

/**
 * The environments repository of a home directory, read from its clone, or, while no file has changed, from what the
 * last reading kept. Raises `not-initialised` before the first init.
 */
export async function openEnvironments(home: string): Promise<OpenedEnvironments> {
  const fingerprint = fingerprintOf(home);
  let read = fingerprint && readKept(home, fingerprint);
  if (read === undefined) {
    read = await readHome(home);
    if (fingerprint !== undefined) keep(home, fingerprint, read);
  }
  const commit = await readCommit(cloneDirectory(home));
  return {...read, ...(commit !== undefined && {commit})};
}

async function readHome(home: string): Promise<ReadHome> {
  // the parsers are loaded only where something is to be parsed
  const [{readSettings}, {loadModel}] = await Promise.all([import('./settings.ts'), import('./load.ts')]);
  const settings = await readSettings(home);
  const clone = cloneDirectory(home);
  if (settings === undefined || !(await isFolder(clone))) throw notInitialised(settings?.source);
  const {source, ref, file} = settings;
  return {model: await loadModel(clone, file), source, ...(ref !== undefined && {ref})};
}

/** The commit that a clone of corectl's is at: its HEAD is always detached. */
export async function readCommit(clone: string): Promise<string | undefined> {
  const head = await readFile(path.join(clone, '.git', 'HEAD'), 'utf8').catch(() => '');
  return /^[0-9a-f]{40,64}$/.exec(head.trim())?.[0];
}

async function isFolder(directory: string): Promise<boolean> {
  return stat(directory).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

/** For a home without a clone, before the first init or after the clone was removed. */
export function notInitialised(source?: string): CorectlError {
  return new CorectlError({
    code: 'not-initialised',
    message:
      source === undefined
        ? 'there is no environments repository yet'
        : 'the clone of the environments repository is missing',
    suggestions: [`corectl init -e ${source ?? 'URL|PATH'}`],
  });
}
