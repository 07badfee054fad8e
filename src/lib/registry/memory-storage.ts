import {Readable} from 'node:stream';
import type {Digest} from '../oci/digest.ts';
import type {BlobWriter, Storage, StoredBlob} from './storage.ts';

/** A storage that lives as long as the process. */
export function memoryStorage(): Storage {
  const blobs = new Map<Digest, Buffer>();
  const folders = new Map<string, Map<string, Buffer>>();
  const inner = new Map<string, Set<string>>();
  const nest = (folder: string): void => {
    const above = folder.includes('/') ? folderOf(folder) : '';
    const names = inner.get(above) ?? new Set();
    inner.set(above, names.add(nameOf(folder)));
    if (above !== '') nest(above);
  };
  return {
    blob: (digest) => Promise.resolve(storedBlob(blobs.get(digest))),
    writer: () => Promise.resolve(memoryWriter((digest, bytes) => blobs.set(digest, bytes))),
    get: (key) => Promise.resolve(folders.get(folderOf(key))?.get(nameOf(key))),
    put: (key, record) => {
      if (!folders.has(folderOf(key))) nest(folderOf(key));
      const folder = folders.get(folderOf(key)) ?? new Map<string, Buffer>();
      folders.set(folderOf(key), folder.set(nameOf(key), record));
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(folders.get(folderOf(key))?.delete(nameOf(key)) ?? false),
    list: (key) => Promise.resolve([...(folders.get(key)?.keys() ?? []), ...(inner.get(key) ?? [])]),
  };
}

function storedBlob(bytes: Buffer | undefined): StoredBlob | undefined {
  return (
    bytes && {
      size: bytes.length,
      read: (range) =>
        Readable.from(slices(range ? bytes.subarray(range.start, range.end + 1) : bytes), {
          objectMode: false,
        }),
    }
  );
}

// in pieces, so that a client that goes away or is slow is noticed
function* slices(bytes: Buffer, size = 256 * 1024): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function memoryWriter(keep: (digest: Digest, bytes: Buffer) => void): BlobWriter {
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    read: () => Readable.from(chunks, {objectMode: false}),
    append: (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      return Promise.resolve();
    },
    commit: (digest) => {
      keep(digest, Buffer.concat(chunks));
      chunks = [];
      return Promise.resolve();
    },
    discard: () => {
      chunks = [];
      return Promise.resolve();
    },
  };
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/'));
const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
