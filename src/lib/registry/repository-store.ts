import {createHash} from 'node:crypto';
import {digestOf, isDigest, type Digest} from '../oci/digest.ts';
import type {BlobWriter, Storage, StoredBlob} from './storage.ts';

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** One repository's part of a storage. */
export class RepositoryStore {
  readonly name: string;
  readonly #storage: Storage;

  constructor(storage: Storage, name: string) {
    this.#storage = storage;
    this.name = name;
  }

  /** The blob, if it was pushed to or mounted into this repository. */
  async blob(digest: Digest): Promise<StoredBlob | undefined> {
    const linked = await this.#storage.get(this.#key('_blobs', digest));
    return linked && this.#storage.blob(digest);
  }

  async linkBlob(digest: Digest): Promise<void> {
    await this.#storage.put(this.#key('_blobs', digest), Buffer.alloc(0));
  }

  /** Ends an upload whose content was checked against the digest. */
  async commitBlob(writer: BlobWriter, digest: Digest): Promise<void> {
    await writer.commit(digest);
    await this.linkBlob(digest);
  }

  async deleteBlob(digest: Digest): Promise<boolean> {
    return this.#storage.delete(this.#key('_blobs', digest));
  }

  /** The manifest under a tag or digest. */
  async manifest(reference: string): Promise<StoredManifest | undefined> {
    const digest = isDigest(reference) ? reference : await this.tagged(reference);
    const record = digest && (await this.#storage.get(this.#key('_manifests', digest)));
    if (!record) return undefined;
    const line = record.indexOf('\n');
    return {digest, mediaType: record.toString('latin1', 0, line), bytes: record.subarray(line + 1)};
  }

  /** Keeps the bytes as they are, with their media type in front. */
  async putManifest(
    bytes: Buffer,
    mediaType: string,
    digest: Digest = digestOf(bytes),
  ): Promise<StoredManifest> {
    await this.#storage.put(
      this.#key('_manifests', digest),
      Buffer.concat([Buffer.from(`${mediaType}\n`), bytes]),
    );
    return {digest, mediaType, bytes};
  }

  /** Deletes the manifest and every tag that points to it. */
  async deleteManifest(digest: Digest): Promise<boolean> {
    for (const tag of await this.tags()) if ((await this.tagged(tag)) === digest) await this.deleteTag(tag);
    return this.#storage.delete(this.#key('_manifests', digest));
  }

  /** Whether it holds anything. */
  async exists(): Promise<boolean> {
    return (await this.manifests()).length > 0 || (await this.#digests('_blobs')).length > 0;
  }

  /** The digests of all manifests. */
  async manifests(): Promise<Digest[]> {
    return this.#digests('_manifests');
  }

  async tagged(tag: string): Promise<Digest | undefined> {
    const [digest] = (await this.#storage.get(this.#tagKey(tag)))?.toString().split(' ') ?? [];
    return isDigest(digest) ? digest : undefined;
  }

  async tag(tag: string, digest: Digest): Promise<void> {
    await this.#storage.put(this.#tagKey(tag), Buffer.from(`${digest} ${tag}`));
  }

  async deleteTag(tag: string): Promise<boolean> {
    return this.#storage.delete(this.#tagKey(tag));
  }

  /** All tags, in lexical order. */
  async tags(): Promise<string[]> {
    const names = await this.#storage.list(`${this.name}/_tags`);
    const records = await Promise.all(names.map((name) => this.#storage.get(`${this.name}/_tags/${name}`)));
    return records.flatMap((record) => record?.toString().split(' ')[1] ?? []).sort();
  }

  async #digests(kind: '_blobs' | '_manifests'): Promise<Digest[]> {
    const lists = ['sha256', 'sha512'].map(async (algorithm) => {
      const names = await this.#storage.list(`${this.name}/${kind}/${algorithm}`);
      return names.map((hex) => `${algorithm}:${hex}` as Digest);
    });
    return (await Promise.all(lists)).flat();
  }

  // no component of a repository's path starts with an underscore
  #key(kind: '_blobs' | '_manifests', digest: Digest): string {
    return `${this.name}/${kind}/${digest.replace(':', '/')}`;
  }

  // some file systems take `RC` and `rc` for the same name
  #tagKey(tag: string): string {
    const plain = tag === tag.toLowerCase();
    return `${this.name}/_tags/${plain ? tag : `${tag.toLowerCase()}~${createHash('sha1').update(tag).digest('hex')}`}`;
  }
}
