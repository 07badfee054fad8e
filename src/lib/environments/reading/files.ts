import {closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {codeOf} from '../../system-error.ts';

// no hand-written file comes near it
const sizeLimit = 1024 * 1024;
const folderDepthLimit = 16;

/** What a look at a path below the root found: its content, or, as words for a message, what is there instead. */
export type Found<Content> = {readonly content: Content} | {readonly instead: string} | 'missing';

/**
 * Reads a text file below `root`. Nothing outside the root is ever opened: a symbolic link anywhere on the way, and
 * whatever is no regular file, is not followed and told instead, as is one of more than `limit` bytes.
 */
export function readInside(root: string, file: string, limit = sizeLimit): Found<string> {
  return guarded(() => {
    const before = folderInside(root, path.posix.dirname(file));
    return before === 'folder' ? readRegular(path.join(root, file), limit) : before;
  });
}

/** The names in a folder below `root`, sorted; symbolic links are not followed. */
export function listInside(root: string, folder: string): Found<FolderEntry[]> {
  return guarded(() => {
    const itself = folderInside(root, folder);
    if (itself !== 'folder') return itself;
    return {content: readdirSync(path.join(root, folder), {withFileTypes: true}).map(entryOf)};
  });
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

/**
 * Every entry below a folder, as paths from the root, sorted; hidden ones are left out. A folder that cannot be read, or that
 * lies too deep, is an entry itself.
 */
export function walkInside(
  root: string,
  folder: string,
  depth = 0,
): {path: string; kind: FolderEntry['kind']}[] {
  const found = depth > folderDepthLimit ? {instead: 'too deep'} : listInside(root, folder);
  if (found === 'missing') return [];
  if ('instead' in found) return [{path: folder, kind: 'other'}];
  return found.content
    .filter(({name}) => !name.startsWith('.'))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({name, kind}) => {
      const inner = `${folder}/${name}`;
      return kind === 'folder' ? walkInside(root, inner, depth + 1) : [{path: inner, kind}];
    });
}

/** Looks at each folder on the way by itself: the last one of a path with links in it says nothing. */
function folderInside(root: string, folder: string): 'folder' | 'missing' | {readonly instead: string} {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return {instead: 'a path that leads out of the repository'};
  let current = root;
  for (const part of parts) {
    current = path.join(current, part);
    const status = lstatSync(current, {throwIfNoEntry: false});
    if (status === undefined) return 'missing';
    if (status.isSymbolicLink()) return {instead: `a symbolic link (${part}), which is not followed`};
    if (!status.isDirectory()) return 'missing';
  }
  return 'folder';
}

function readRegular(file: string, limit: number): Found<string> {
  const status = lstatSync(file, {throwIfNoEntry: false});
  if (status === undefined) return 'missing';
  if (status.isSymbolicLink()) return {instead: 'a symbolic link, which is not followed'};
  // not following and not blocking: the file may have changed since
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const opened = fstatSync(handle);
    if (!opened.isFile()) return {instead: 'something that is no regular file'};
    if (opened.size > limit) return {instead: `${opened.size} bytes, more than the ${limit} allowed`};
    return {content: new TextDecoder('utf-8', {fatal: true}).decode(readFileSync(handle))};
  } finally {
    closeSync(handle);
  }
}

function guarded<Content>(look: () => Found<Content>): Found<Content> {
  try {
    return look();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return {instead: 'bytes that are no UTF-8 text'};
    return {instead: `a path that cannot be read (${code ?? 'unknown error'})`};
  }
}

function entryOf(entry: {name: string} & Record<'isFile' | 'isDirectory' | 'isSymbolicLink', () => boolean>) {
  const kind = entry.isFile()
    ? 'file'
    : entry.isDirectory()
      ? 'folder'
      : entry.isSymbolicLink()
        ? 'link'
        : 'other';
  return {name: entry.name, kind} as const;
}
