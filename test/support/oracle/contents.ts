// What a repository of the built-in registry holds, as plain values that can be compared.
import {isDigest, type Digest} from '../../../src/lib/oci/digest.ts';
import {isRecord} from '../../../src/lib/is-record.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import type {Storage} from '../../../src/lib/registry/storage.ts';

export interface Contents {
  readonly manifests: ReadonlyMap<Digest, {readonly mediaType: string; readonly bytes: Buffer}>;
  readonly blobs: ReadonlySet<Digest>;
  /** Those that lead nowhere are left out: no registry answers to them. */
  readonly tags: ReadonlyMap<string, Digest>;
}

/** All that a repository of a storage holds. */
export async function contentsOf(storage: Storage, repository: string): Promise<Contents> {
  const store = new RepositoryStore(storage, repository);
  const manifests = new Map<Digest, {mediaType: string; bytes: Buffer}>();
  for (const digest of await store.manifests()) manifests.set(digest, (await store.manifest(digest))!);
  const blobs = new Set<Digest>();
  for (const algorithm of ['sha256', 'sha512'])
    for (const hex of await storage.list(`${repository}/_blobs/${algorithm}`))
      blobs.add(`${algorithm}:${hex}` as Digest);
  const tags = new Map<string, Digest>();
  for (const tag of await store.tags()) {
    const digest = (await store.tagged(tag))!;
    if (manifests.has(digest)) tags.set(tag, digest);
  }
  return {manifests, blobs, tags};
}

interface Parts {
  readonly manifests: readonly Digest[];
  readonly blobs: readonly Digest[];
  readonly subject: Digest | undefined;
}

// the same few manifests are looked at again and again
const partsOfBytes = new WeakMap<Buffer, Parts>();

/** What a manifest says that it consists of, what it belongs to, and what it lists. */
export function partsOf(bytes: Buffer): Parts {
  const known = partsOfBytes.get(bytes);
  if (known !== undefined) return known;
  const {manifests, config, layers, subject} = JSON.parse(bytes.toString()) as Record<string, unknown>;
  const [first] = digestsIn([subject]);
  const parts = {
    manifests: digestsIn(manifests),
    blobs: digestsIn([config, layers].flat()),
    subject: first,
  };
  partsOfBytes.set(bytes, parts);
  return parts;
}

/** What is not there of everything below a digest, itself included. */
export function missingBelow(
  {manifests, blobs}: Pick<Contents, 'manifests' | 'blobs'>,
  digest: Digest,
): Digest[] {
  const manifest = manifests.get(digest);
  if (manifest === undefined) return [digest];
  const parts = partsOf(manifest.bytes);
  return [
    ...parts.manifests.flatMap((child) => missingBelow({manifests, blobs}, child)),
    ...parts.blobs.filter((blob) => !blobs.has(blob)),
  ];
}

function digestsIn(list: unknown): Digest[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => (isRecord(entry) && isDigest(entry.digest) ? [entry.digest] : []));
}
