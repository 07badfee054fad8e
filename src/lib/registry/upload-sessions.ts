import {createHash, type Hash} from 'node:crypto';
import {algorithmOf, hashFor, isDigestOf, type Digest} from '../oci/digest.ts';
import {RegistryError} from './registry-error.ts';
import type {BlobWriter, Storage} from './storage.ts';

/** A blob on its way in. */
export interface UploadSession {
  readonly id: string;
  readonly repository: string;
  readonly writer: BlobWriter;
  /** The queries of all Locations handed out. */
  readonly issued: Set<string>;
  /** That of the newest, the only one that may write. */
  query: string;
  cancelled: boolean;
  /** Bytes that were there when that Location was handed out. */
  issuedAt: number;
  busy: boolean;
  hash: Hash;
  algorithm: 'sha256' | 'sha512';
}

/** The uploads that were begun and neither finished nor cancelled. */
export class UploadSessions {
  readonly #open = new Map<string, UploadSession>();
  readonly #storage: Storage;
  readonly #random: (size: number) => Buffer;
  readonly #extraQuery: string;

  constructor(storage: Storage, options: {random: (size: number) => Buffer; extraQuery: string}) {
    this.#storage = storage;
    this.#random = options.random;
    this.#extraQuery = options.extraQuery;
  }

  get size(): number {
    return this.#open.size;
  }

  async start(repository: string): Promise<UploadSession> {
    const session: UploadSession = {
      id: this.#random(16).toString('hex'),
      repository,
      writer: await this.#storage.writer(),
      issued: new Set(),
      query: '',
      cancelled: false,
      issuedAt: 0,
      busy: false,
      hash: createHash('sha256'),
      algorithm: 'sha256',
    };
    this.#open.set(session.id, session);
    this.renew(session);
    return session;
  }

  /** Hands out a new Location and makes the ones before useless for writing. */
  renew(session: UploadSession): void {
    const state = `_state=${this.#random(32).toString('base64url')}`;
    session.query = this.#extraQuery === '' ? state : `${state}&${this.#extraQuery}`;
    session.issued.add(session.query);
    session.issuedAt = session.writer.size;
  }

  /** The session of a Location that was handed out. Raises BLOB_UPLOAD_UNKNOWN and BLOB_UPLOAD_INVALID. */
  find(repository: string, id: string, query: string): UploadSession {
    const session = this.#open.get(id);
    if (session?.repository !== repository) {
      throw new RegistryError('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    }
    if (session.issued.has(withoutDigest(query))) return session;
    throw new RegistryError('BLOB_UPLOAD_INVALID', 'the query is not that of a Location of this upload');
  }

  /**
   * The same for writing: nobody else does, and the Location is the newest. An older one is a chunk out of order
   * (distribution-spec §Pushing a blob in chunks): raises RANGE_INVALID.
   */
  findForWriting(repository: string, id: string, query: string): UploadSession {
    const session = this.find(repository, id, query);
    if (session.busy)
      throw new RegistryError('BLOB_UPLOAD_INVALID', 'another request is writing to this upload');
    if (withoutDigest(query) === session.query) return session;
    throw new RegistryError('RANGE_INVALID', 'a newer Location of this upload was handed out');
  }

  forget({id}: UploadSession): void {
    this.#open.delete(id);
  }

  async cancel(session: UploadSession): Promise<void> {
    this.forget(session);
    session.cancelled = true;
    await session.writer.discard();
  }

  async cancelAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map((session) => this.cancel(session)));
  }
}

/** Takes the body into the session: one piece is written and hashed while the next one arrives. */
export async function receive(session: UploadSession, body: AsyncIterable<Buffer>): Promise<void> {
  let written: Promise<void> = Promise.resolve();
  session.busy = true;
  try {
    for await (const chunk of body) {
      await written;
      if (session.cancelled) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', 'the upload was cancelled');
      written = session.writer.append(chunk);
      // a failure is met at the next await
      written.catch(() => undefined);
      session.hash.update(chunk);
    }
  } finally {
    session.busy = false;
    await written;
  }
}

/** Hashes by the algorithm that the upload will end with, from here on. Only a fresh session can change over. */
export function expectAlgorithm(session: UploadSession, digest: Digest): void {
  if (session.writer.size > 0) return;
  session.hash = hashFor(digest);
  session.algorithm = algorithmOf(digest);
}

/** Whether what came in is what the digest names. */
export async function isContentOf(session: UploadSession, digest: Digest): Promise<boolean> {
  if (session.algorithm === algorithmOf(digest)) return isDigestOf(session.hash, digest);
  const hash = hashFor(digest);
  for await (const chunk of session.writer.read() as AsyncIterable<Buffer>) hash.update(chunk);
  return isDigestOf(hash, digest);
}

function withoutDigest(query: string): string {
  return query
    .split('&')
    .filter((part) => !part.startsWith('digest='))
    .join('&');
}
