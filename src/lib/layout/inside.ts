import {constants} from 'node:fs';
import {open, realpath, type FileHandle} from 'node:fs/promises';
import path from 'node:path';
import {ociError} from '../oci-error.ts';
import {isBelow} from '../is-below.ts';
import {orNone} from '../system-error.ts';

// a pipe that is named like a blob would otherwise be waited for
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file of a layout for reading; undefined where there is none. A layout may come from anyone: what is no plain file,
 * or leads out of its folder by symbolic links, raises `invalid-layout`.
 */
export async function openInside(root: string, relative: string): Promise<FileHandle | undefined> {
  const file = await orNone(realpath(path.join(root, relative)));
  if (file === undefined) return undefined;
  if (!isBelow(file, root)) throw leadsOut(root, relative);
  const handle = await orNone(open(file, reading));
  if (handle === undefined) return undefined;
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw ociError('invalid-layout', `oci:${root}: ${relative} is no file`, {
    suggestions: ['copy the layout anew from where it was made'],
  });
}

/** The folder below a layout, which is to be written to. Raises `invalid-layout` where it leads out by symbolic links. */
export async function folderInside(root: string, relative: string): Promise<string> {
  const folder = await realpath(path.join(root, relative));
  if (folder !== root && !isBelow(folder, root)) throw leadsOut(root, relative);
  return folder;
}

function leadsOut(root: string, relative: string): Error {
  return ociError(
    'invalid-layout',
    `oci:${root}: ${relative} is a symbolic link that leads out of the layout, which is not followed`,
    {suggestions: ['copy the layout with what its links point to (cp -L), after looking at what that is']},
  );
}
