import type {Readable} from 'node:stream';
import type {Digest} from '../oci/digest.ts';

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Content that is there. */
export interface StoredBlob {
  /** Bytes. */
  readonly size: number;
  read(range?: ByteRange): Readable;
}

/** Content that is coming in. */
export interface BlobWriter {
  readonly size: number;
  append(chunk: Uint8Array): Promise<void>;
  /** What came in so far. */
  read(): Readable;
  /** Keeps what came in, under the digest that the caller has checked. */
  commit(digest: Digest): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Where a registry keeps its things: blobs by digest, once for all repositories, and small records by key (`a/b/c`),
 * from which repositories, manifests and tags are made.
 */
export interface Storage {
  blob(digest: Digest): Promise<StoredBlob | undefined>;
  writer(): Promise<BlobWriter>;
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, record: Buffer): Promise<void>;
  /** Whether it was there. */
  delete(key: string): Promise<boolean>;
  /** The names directly below the key, of records and of what holds some, in no particular order; all below the empty key. */
  list(key: string): Promise<string[]>;
}
