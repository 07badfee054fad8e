// Blobs of any size that exist nowhere: made while they are read, dropped while they are written.
import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import type {Descriptor} from '../../src/lib/oci/descriptor.ts';
import type {Digest} from '../../src/lib/oci/digest.ts';
import {memoryStorage} from '../../src/lib/registry/memory-storage.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import type {Storage, StoredBlob} from '../../src/lib/registry/storage.ts';
import {seededBytes, type Stored} from './registry-images.ts';

export interface GeneratedBlob extends StoredBlob {
  readonly digest: Digest;
}

const blockSize = 1024 * 1024;

/** A blob that is made anew each time it is read. Hashing it takes a second or so for each GiB. */
export function generatedBlob(size: number, seed: string | number = 0): GeneratedBlob {
  const block = seededBytes(blockSize, seed);
  const hash = createHash('sha256');
  for (const chunk of blocks(block, {start: 0, end: size - 1})) hash.update(chunk);
  return {
    digest: `sha256:${hash.digest('hex')}` as Digest,
    size,
    read: (range = {start: 0, end: size - 1}) => Readable.from(blocks(block, range), {objectMode: false}),
  };
}

/**
 * A storage that makes the given blobs when they are read and drops all others as they come in, keeping their sizes;
 * manifests and blobs up to 64 KiB are kept. Digests of what comes in are checked by the registry all the same.
 */
export function syntheticStorage(generated: readonly GeneratedBlob[] = []): Storage {
  const kept = memoryStorage();
  const dropped = new Map<Digest, number>();
  return {
    ...kept,
    blob: async (digest) => {
      const size = dropped.get(digest);
      const made = generated.find((blob) => blob.digest === digest);
      return made ?? (size === undefined ? kept.blob(digest) : unreadable(digest, size));
    },
    writer: async () => {
      const inner = await kept.writer();
      let size = 0;
      return {
        get size() {
          return size;
        },
        read: () => inner.read(),
        append: async (chunk) => {
          size += chunk.length;
          await (size > 65_536 ? inner.discard() : inner.append(chunk));
        },
        commit: async (digest) => {
          if (size <= 65_536) return inner.commit(digest);
          dropped.set(digest, size);
        },
        discard: () => inner.discard(),
      };
    },
  };
}

/** Lets a generated blob appear in a repository. */
export async function pushGenerated(
  {storage}: Stored,
  repository: string,
  {digest, size}: GeneratedBlob,
): Promise<Pick<Descriptor, 'digest' | 'size'>> {
  await new RepositoryStore(storage, repository).linkBlob(digest);
  return {digest, size};
}

// one block over and over, numbered so that no two are the same
function* blocks(block: Buffer, {start, end}: {start: number; end: number}): Generator<Buffer> {
  for (let at = start; at <= end;) {
    const number = Math.floor(at / blockSize);
    const inside = at - number * blockSize;
    const copy = Buffer.from(block);
    copy.writeUInt32BE(number, 0);
    const part = copy.subarray(inside, Math.min(blockSize, inside + end - at + 1));
    yield part;
    at += part.length;
  }
}

function unreadable(digest: Digest, size: number): StoredBlob {
  return {
    size,
    read: () => {
      throw new Error(`${digest} was received, checked and dropped`);
    },
  };
}
