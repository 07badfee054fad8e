import {readdirSync, type Dirent} from 'node:fs';
import path from 'node:path';
import {blobs} from './content.ts';
import {versionName} from './layout.ts';

// tenant, stage and an image's name of some parts: deeper than that nobody keeps images
const depthLimit = 12;

/**
 * Whether a folder is there and holds layouts and nothing else, or nothing at all: somebody who may write on this machine
 * made it for images. Symbolic links, files and what cannot be read are something else; a disk's `lost+found` is not.
 */
export function isFolderOfImages(folder: string, depth = depthLimit): boolean {
  const entries = entriesOf(folder);
  if (entries === undefined || depth === 0) return false;
  if (entries.some(({name}) => name === versionName || name === blobs)) return depth < depthLimit;
  return entries
    .filter(({name}) => name !== 'lost+found')
    .every((entry) => entry.isDirectory() && isFolderOfImages(path.join(folder, entry.name), depth - 1));
}

function entriesOf(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, {withFileTypes: true});
  } catch {
    return undefined;
  }
}
