import {createHash} from 'node:crypto';
import {mkdir, type FileHandle} from 'node:fs/promises';
import path from 'node:path';
import {refuseOther} from '../distribution/blobs.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {algorithmOf, hashFor, isDigestOf, matches, type Digest} from '../oci/digest.ts';
import {ociError} from '../oci-error.ts';
import {folderInside, openInside} from './inside.ts';
import {replaceFile} from '../replace-file.ts';

/** The folder of content, below which a folder for each algorithm is (image-spec, image-layout.md §Blobs). */
export const blobs = 'blobs';

/** Bytes that are read at once. */
const pieceBytes = 256 * 1024;

/**
 * Opens content by its digest; undefined where the layout does not have it. Raises `size-mismatch` where it has another size
 * than the descriptor says.
 */
async function openContent(
  root: string,
  {digest, size}: Pick<Descriptor, 'digest'> & {readonly size?: number},
): Promise<FileHandle | undefined> {
  const handle = await openInside(root, pathOf(digest));
  if (handle === undefined || size === undefined) return handle;
  const found = (await handle.stat()).size;
  if (found === size) return handle;
  await handle.close();
  throw ociError('size-mismatch', `oci:${root}: ${pathOf(digest)} has ${found} bytes, expected ${size}`, {
    suggestions: [copyAgain],
  });
}

/** Whether the layout has content of that size under the digest; not verified. Raises what keeps it from being looked at. */
export async function hasContent(root: string, node: Descriptor): Promise<boolean> {
  try {
    const handle = await openContent(root, node);
    await handle?.close();
    return handle !== undefined;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Gives content from a byte position on; not verified. Raises `not-found` and `size-mismatch`. */
export async function* readContent(
  root: string,
  node: Descriptor,
  offset = 0,
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openContent(root, node);
  if (handle === undefined) throw missingContent(root, node.digest);
  try {
    for (let position = offset; position < node.size;) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, node.size - position));
      const {bytesRead} = await handle.read(piece, 0, piece.length, position);
      if (bytesRead === 0)
        throw ociError(
          'size-mismatch',
          `oci:${root}: ${pathOf(node.digest)} became shorter while it was read`,
        );
      position += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Content of up to `limit` bytes as a whole, verified; undefined where the layout does not have it. Raises
 * `manifest-too-large` and `digest-mismatch`.
 */
export async function readWhole(
  root: string,
  node: Pick<Descriptor, 'digest'> & {readonly size?: number},
  limit: number,
): Promise<Buffer | undefined> {
  const handle = await openContent(root, node);
  if (handle === undefined) return undefined;
  const what = `oci:${root}: ${pathOf(node.digest)}`;
  try {
    const bytes = await readUpTo(handle, limit);
    if (bytes === undefined) throw ociError('manifest-too-large', `${what} is larger than ${limit} bytes`);
    if (matches(node.digest, bytes)) return bytes;
    throw ociError('digest-mismatch', `${what} is not what its name says: it was changed or damaged`, {
      suggestions: [copyAgain],
    });
  } finally {
    await handle.close();
  }
}

/** All of a file, or undefined for one of more than `limit` bytes. */
export async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer | undefined> {
  const {size} = await handle.stat();
  if (size > limit) return undefined;
  const bytes = Buffer.alloc(size);
  let read = 0;
  while (read < size) {
    const {bytesRead} = await handle.read(bytes, read, size - read, read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/** Whether the layout has the content, by reading all of it: disks forget, and a copy may have been cut off. */
export async function isSound(root: string, node: Descriptor): Promise<boolean> {
  const hash = hashFor(node.digest);
  try {
    for await (const piece of readContent(root, node)) hash.update(piece);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  return isDigestOf(hash, node.digest);
}

/** Writes content under its digest. Raises `digest-mismatch` and `size-mismatch` for other content, which is not kept. */
export async function writeContent(
  root: string,
  node: Descriptor,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const algorithm = algorithmOf(node.digest);
  await mkdir(path.join(root, blobs, algorithm), {recursive: true});
  const folder = await folderInside(root, path.join(blobs, algorithm));
  await replaceFile(path.join(folder, hexOf(node.digest)), async (handle) => {
    const hash = createHash(algorithm);
    let size = 0;
    for await (const piece of pieces) {
      hash.update(piece);
      size += piece.length;
      if (size > node.size) break;
      await handle.writeFile(piece);
    }
    refuseOther(node, {hash, size, where: 'what was to be written'});
  });
}

/** Content that a manifest names and the layout lacks. */
export function missingContent(root: string, digest: Digest): Error {
  return ociError('not-found', `oci:${root}: ${pathOf(digest)} is not there`, {suggestions: [copyAgain]});
}

const copyAgain = 'copy the layout anew from where it was made, or promote to it again with --verify-content';

const pathOf = (digest: Digest): string => path.join(blobs, algorithmOf(digest), hexOf(digest));

const hexOf = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1);

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'not-found' || error.code === 'size-mismatch');
