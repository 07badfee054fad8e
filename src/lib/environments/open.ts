import {readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError} from '../errors.ts';
import {cloneDirectory, readSettings} from './home.ts';
import type {Model} from './model.ts';

export interface OpenedEnvironments {
  readonly model: Model;
  /** Where the environments repository came from. */
  readonly source: string;
  readonly ref?: string;
  /** The commit of the clone. */
  readonly commit?: string;
}

/** The environments repository of a home directory, read from its clone. Raises `not-initialised` before the first init. */
export async function openEnvironments(home: string): Promise<OpenedEnvironments> {
  const settings = await readSettings(home);
  const clone = cloneDirectory(home);
  if (settings === undefined || !(await isFolder(clone))) throw notInitialised(settings?.source);
  // its libraries are read only where a repository is
  const {loadModel} = await import('./load.ts');
  const [model, commit] = await Promise.all([loadModel(clone, settings.file), readCommit(clone)]);
  const {source, ref} = settings;
  return {model, source, ...(ref !== undefined && {ref}), ...(commit !== undefined && {commit})};
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
