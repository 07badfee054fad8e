import {createReadStream} from 'node:fs';
import {mkdir, open, readdir, readFile, rename, rm, stat, writeFile, type FileHandle} from 'node:fs/promises';
import path from 'node:path';
import type {Digest} from '../oci/digest.ts';
import type {BlobWriter, Storage, StoredBlob} from './storage.ts';

/**
 * A storage in a folder: `blobs/ALGORITHM/HEX`, `incoming/NUMBER` and `records/KEY`. Blobs go from socket to file
 * piece by piece; everything appears under its name whole or not at all.
 */
export async function fileStorage(root: string): Promise<Storage> {
  const incoming = path.join(root, 'incoming');
  await rm(incoming, {recursive: true, force: true});
  await mkdir(incoming, {recursive: true});
  let last = 0;
  const temporary = (): string => path.join(incoming, String(++last));
  const blobFile = (digest: Digest): string => path.join(root, 'blobs', digest.replace(':', path.sep));
  const recordFile = (key: string): string => path.join(root, 'records', key);
  return {
    blob: (digest) => storedBlob(blobFile(digest)),
    writer: () => fileWriter(temporary(), blobFile),
    get: (key) => readFile(recordFile(key)).catch(absent),
    put: async (key, record) => {
      const file = temporary();
      await writeFile(file, record);
      await moved(file, recordFile(key));
    },
    delete: async (key) => {
      const file = recordFile(key);
      const found = await stat(file).catch(absent);
      await rm(file, {force: true});
      return found !== undefined;
    },
    list: async (key) => (await readdir(recordFile(key)).catch(absent)) ?? [],
  };
}

async function storedBlob(file: string): Promise<StoredBlob | undefined> {
  const found = await stat(file).catch(absent);
  if (!found) return undefined;
  return {
    size: found.size,
    // a read of 256 KiB costs little more than one of the default 64
    read: (range) => createReadStream(file, {...range, highWaterMark: 256 * 1024}),
  };
}

async function fileWriter(file: string, blobFile: (digest: Digest) => string): Promise<BlobWriter> {
  const handle = await open(file, 'wx');
  let size = 0;
  return {
    get size() {
      return size;
    },
    read: () => createReadStream(file),
    append: async (chunk) => {
      size += chunk.length;
      await writeAll(handle, chunk);
    },
    commit: async (digest) => {
      await handle.close();
      await moved(file, blobFile(digest));
    },
    discard: async () => {
      await handle.close();
      await rm(file, {force: true});
    },
  };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
}

async function moved(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), {recursive: true});
  await rename(from, to);
}

function absent(error: unknown): undefined {
  const {code} = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
