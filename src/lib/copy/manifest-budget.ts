import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import {ociError} from '../oci-error.ts';
import {isManifestType} from '../oci/media-types.ts';

/** Manifests of one image, with those of its signatures and other attachments. */
export const manifestCountLimit = 10_000;
/** Bytes of all of them together, which are held in memory: four of the largest, or many thousands of usual ones. */
export const manifestBytesLimit = 64 * 1024 * 1024;

/** Blobs that they refer to, each of which is asked for at each destination. */
export const blobCountLimit = 30_000;

/** What the manifests of one image may take, whatever a source makes up. Raises `invalid-manifest` when that is used up. */
export class ManifestBudget {
  readonly #image: Digest;
  #count = 0;
  #bytes = 0;
  #blobs = 0;

  constructor(image: Digest) {
    this.#image = image;
  }

  /** To be told of what is about to be read. Whether content of an unknown type is a manifest shows only then: see `add`. */
  expect(nodes: readonly Descriptor[]): void {
    this.#count += nodes.length;
    if (this.#count > manifestCountLimit) throw this.#exceeded(`more than ${manifestCountLimit} manifests`);
    this.#take(nodes.filter(({mediaType}) => isManifestType(mediaType)));
  }

  /** To be told of an expected node that was read and is a manifest. */
  add(node: Descriptor): void {
    if (!isManifestType(node.mediaType)) this.#take([node]);
  }

  /** To be told of how many blobs a manifest refers to. */
  refer(blobs: number): void {
    this.#blobs += blobs;
    if (this.#blobs > blobCountLimit) throw this.#exceeded(`more than ${blobCountLimit} layers`);
  }

  #take(nodes: readonly Descriptor[]): void {
    for (const {size} of nodes) this.#bytes += size;
    if (this.#bytes > manifestBytesLimit)
      throw this.#exceeded(`more than ${manifestBytesLimit} bytes of manifests`);
  }

  #exceeded(why: string): Error {
    return ociError('invalid-manifest', `image ${this.#image} is too large: ${why}`);
  }
}
