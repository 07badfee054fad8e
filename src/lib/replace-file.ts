import {createHash, randomBytes} from 'node:crypto';
import {lstat, open, readdir, realpath, rename, rm, stat, type FileHandle} from 'node:fs/promises';
import {hostname} from 'node:os';
import path from 'node:path';
import {CorectlError} from './errors.ts';
import {printable} from './printable.ts';
import {codeOf, orNone} from './system-error.ts';

/**
 * Replaces a file in one step: writes it in full beside its place, flushes it to the disk, and renames it. Whenever the
 * process or the machine stops, either the old file is there or the new one. `ready` is called right before the renaming; if
 * it raises, nothing has changed.
 */
export async function replaceFile(
  file: string,
  write: (handle: FileHandle) => Promise<void>,
  ready?: () => void,
): Promise<void> {
  const temporary = path.join(path.dirname(file), temporaryName());
  const handle = await open(temporary, 'wx');
  try {
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    ready?.();
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, {force: true}).catch(() => undefined);
    throw error;
  }
}

/**
 * Replaces a file that a user named, or makes it: where links lead to, with the rights that it has. Raises `file-system` for a
 * device, a pipe or a folder, which would be gone afterwards.
 */
export async function replaceNamedFile(file: string, text: string): Promise<void> {
  const found = await orNone(stat(file));
  if (found?.isFile() === false)
    throw new CorectlError({
      code: 'file-system',
      message: `cannot write ${printable(file)}: it is no file`,
      suggestions: ['name a file, or what is to become one'],
    });
  await replaceFile(found === undefined ? file : await realpath(file), async (handle) => {
    if (found !== undefined) await handle.chmod(found.mode & 0o777);
    await handle.writeFile(text);
  });
}

/** Flushes the names in a folder to the disk, where the file system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // some file systems sync files only: what is lost with the power then is as if it had never been written
    if (!['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** Milliseconds after which a temporary file of another machine belongs to nobody any more: a day. */
const abandonedAfter = 24 * 60 * 60 * 1000;

/**
 * Removes from a folder what killed runs have left there: temporary files of processes of this machine that have ended, and of
 * other machines those that nobody wrote to for a day, by the file system's own clock.
 */
export async function removeLeftovers(folder: string, now: number): Promise<void> {
  const names = (await orNone(readdir(folder))) ?? [];
  for (const name of names) {
    const [, host, pid] = temporaryPattern.exec(name) ?? [];
    if (host === undefined) continue;
    const file = path.join(folder, name);
    if (host === thisHost() ? !isAlive(Number(pid)) : await isOld(file, now)) await rm(file, {force: true});
  }
}

const temporaryPattern = /^\.corectl-([0-9a-f]{8})-([0-9]+)-[0-9a-f]{16}$/;

/** Tells who writes it, so that the next run can tell whether anybody still does. */
const temporaryName = (): string => `.corectl-${thisHost()}-${process.pid}-${randomBytes(8).toString('hex')}`;

const thisHost = (): string => createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

function isAlive(pid: number): boolean {
  try {
    // asks whether the process is there
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

async function isOld(file: string, now: number): Promise<boolean> {
  const found = await orNone(lstat(file));
  return found !== undefined && now - found.mtimeMs > abandonedAfter;
}
