import type {Digest} from '../oci/digest.ts';

/** The images of a registry, or of a part of it, by their names below it; everything is sorted. */
export type Snapshot = readonly SnapshotImage[];

export interface SnapshotImage {
  readonly name: string;
  readonly digests: readonly {readonly digest: Digest; readonly tags: readonly string[]}[];
}

/** Collects digests and tags, in whatever order they come. */
export class SnapshotBuilder {
  readonly #images = new Map<string, Map<Digest, Set<string>>>();

  /** Notes that the image has the digest, under the tags if there are any. */
  add(name: string, digest: Digest, tags: Iterable<string> = []): void {
    const digests = this.#images.get(name) ?? new Map<Digest, Set<string>>();
    this.#images.set(name, digests);
    digests.set(digest, new Set([...(digests.get(digest) ?? []), ...tags]));
  }

  /** All of it in an order that is the same everywhere: by code points. */
  sorted(): Snapshot {
    return inOrder(this.#images).map(([name, digests]) => ({
      name,
      digests: inOrder(digests).map(([digest, tags]) => ({digest, tags: [...tags].sort()})),
    }));
  }
}

const inOrder = <Key extends string, Value>(map: ReadonlyMap<Key, Value>): [Key, Value][] =>
  [...map].sort(([one], [other]) => (one < other ? -1 : 1));
