import type {Bound} from '../copy/source.ts';
import type {Commit, Content, Target} from '../copy/target.ts';
import type {PutOutcome, ResolvedManifest} from '../distribution/manifests.ts';
import type {Referrers} from '../distribution/referrers.ts';
import type {PushOptions} from '../distribution/uploads.ts';
import {CorectlError, type Side} from '../errors.ts';
import {delayedSignal} from '../http/delayed-signal.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import {isNamedBy, type Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';
import {ociError} from '../oci-error.ts';
import {readContent, writeContent} from './content.ts';
import {fileError} from './file-error.ts';
import {tagsIn, withListed, withTag, type IndexFile} from './index-file.ts';
import type {Layout} from './layout.ts';
import {entryOf, findManifest, findReferrers, readListed, readManifest, writeManifest} from './manifests.ts';

export interface LayoutSession {
  readonly layout: Layout;
  /** Whether images are read or written there, for errors. */
  readonly side: Side;
  readonly signal?: AbortSignal | undefined;
}

/** Tags that a message names. */
const namedTags = 10;

/** A directory in the OCI image layout as source and as target. Its errors carry the side that it is on. */
export class LayoutRepository implements Target {
  readonly name: string;
  readonly key: string;
  readonly #session: LayoutSession;
  readonly #layout: Layout;

  constructor(session: LayoutSession) {
    this.#session = session;
    this.#layout = session.layout;
    this.name = session.layout.name;
    this.key = session.layout.name;
  }

  until(bound: Bound): LayoutRepository {
    return new LayoutRepository({...this.#session, signal: bound.beside(this.#session.signal)});
  }

  patient(milliseconds: number): LayoutRepository {
    const {signal} = this.#session;
    return signal === undefined
      ? this
      : new LayoutRepository({...this.#session, signal: delayedSignal(signal, milliseconds)});
  }

  expect(): void {
    // a folder is not connected to
  }

  resolve(reference: Tag | Digest): Promise<ResolvedManifest> {
    return this.#told(async () => {
      const found = await findManifest(this.#layout, reference);
      if (found === undefined) throw await notFound(this.#layout, reference);
      return found;
    });
  }

  find(tag: Tag): Promise<Manifest | undefined> {
    return this.#told(() => findManifest(this.#layout, tag));
  }

  manifest(node: Descriptor): Promise<Manifest> {
    return this.#told(() => readManifest(this.#layout, node));
  }

  async *blob(node: Descriptor, offset?: number): AsyncGenerator<Buffer, void, undefined> {
    const {signal} = this.#session;
    try {
      const root = await this.#layout.rootOf(node.digest);
      for await (const piece of readContent(root, node, offset)) {
        signal?.throwIfAborted();
        yield piece;
      }
    } catch (error) {
      throw this.#sided(error);
    }
  }

  referrers(subject: Digest): Promise<Referrers> {
    return this.#told(async () => ({descriptors: await findReferrers(this.#layout, subject)}));
  }

  digestOf(reference: Tag | Digest): Promise<Digest | undefined> {
    return this.#told(async () => {
      const index = await this.#layout.index();
      const entry = index && entryOf(this.#layout, index, reference);
      // what is listed and not there any more, or damaged, is told and not passed over
      return entry && (await readListed(this.#layout, entry.node)).descriptor.digest;
    });
  }

  missing({manifests, blobs}: Content): Promise<Content> {
    return this.#told(async () => ({
      manifests: await this.#notHeld(manifests),
      blobs: await this.#notHeld(blobs),
    }));
  }

  tags(): Promise<readonly Tag[]> {
    return this.#told(async () => {
      const index = await this.#layout.index();
      return index === undefined ? [] : tagsIn(index, this.#layout.repository);
    });
  }

  mountableFrom(): undefined {
    return undefined;
  }

  mount(): Promise<never> {
    return Promise.reject(new Error(`${this.name} mounts nothing`));
  }

  push(
    node: Descriptor,
    open: (attempt: number) => AsyncIterable<Buffer>,
    {onSent}: PushOptions = {},
  ): Promise<void> {
    return this.#told(async () => {
      const {signal} = this.#session;
      const root = await this.#layout.created(signal);
      let sent = 0;
      const count = (bytes: number) => {
        signal?.throwIfAborted();
        sent += bytes;
        onSent?.(bytes);
      };
      try {
        await writeContent(root, node, counted(open(1), count));
      } catch (error) {
        onSent?.(-sent);
        throw error;
      }
      this.#layout.trust(node.digest);
    });
  }

  /** Nothing is ever opened that would have to be ended. */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  /** What nothing else leads to is listed: tagged manifests, and those with a subject. */
  put(manifest: Manifest, reference: Tag | Digest): Promise<PutOutcome> {
    return this.#told(async () => {
      await writeManifest(this.#layout, manifest, this.#session.signal);
      if (!isDigest(reference) || manifest.subject !== undefined)
        await this.#update((index) => this.#listed(index, manifest, reference));
      return {subjectKept: true};
    });
  }

  /** Referrers are listed with all others as they are written. */
  list(): Promise<void> {
    return Promise.resolve();
  }

  commit(manifest: Manifest, {reference, before, overwrite}: Commit): Promise<PutOutcome | undefined> {
    return this.#told(async () => {
      const {digest} = manifest.descriptor;
      await writeManifest(this.#layout, manifest, this.#session.signal);
      const isWritten = await this.#update((index) => {
        const now = entryOf(this.#layout, index, reference)?.node.digest;
        if (!isNamedBy(manifest, now) && now !== before && !overwrite) throw moved(reference, now, before);
        return this.#listed(index, manifest, reference);
      });
      const found = await this.digestOf(reference);
      if (!isNamedBy(manifest, found)) throw notKept(reference, found, digest);
      return isWritten ? {subjectKept: true} : undefined;
    });
  }

  pause(): Promise<void> {
    return Promise.resolve();
  }

  /** The same index where the tag or digest leads to the manifest already. */
  #listed(index: IndexFile, manifest: Manifest, reference: Tag | Digest): IndexFile {
    if (entryOf(this.#layout, index, reference)?.node.digest === manifest.descriptor.digest) return index;
    if (isDigest(reference)) return withListed(index, manifest);
    return withTag(index, manifest, {tag: reference, repository: this.#layout.repository});
  }

  async #notHeld(nodes: readonly Descriptor[]): Promise<Descriptor[]> {
    const missing: Descriptor[] = [];
    // one after the other: a disk is not faster when it reads several things at once
    for (const node of nodes) {
      this.#session.signal?.throwIfAborted();
      if (!(await this.#layout.holds(node))) missing.push(node);
    }
    return missing;
  }

  #update(change: (index: IndexFile) => IndexFile): Promise<boolean> {
    return this.#layout.update(change, this.#session.signal);
  }

  async #told<T>(answer: () => Promise<T>): Promise<T> {
    try {
      this.#session.signal?.throwIfAborted();
      return await answer();
    } catch (error) {
      throw this.#sided(error);
    }
  }

  #sided(error: unknown): unknown {
    const told = fileError(error, `using ${this.name}`);
    const isKnown = !(told instanceof CorectlError) || told.side !== undefined;
    return isKnown ? told : told.with({side: this.#session.side});
  }
}

async function* counted(
  pieces: AsyncIterable<Buffer>,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of pieces) {
    yield piece;
    count(piece.length);
  }
}

async function notFound(layout: Layout, reference: Tag | Digest): Promise<Error> {
  const index = await layout.index();
  if (index === undefined) return ociError('not-found', `there is no OCI image layout in ${layout.name}`);
  if (isDigest(reference)) return ociError('not-found', `the layout has no manifest of that digest`);
  const tags = tagsIn(index, layout.repository);
  const named = tags.length > namedTags ? [...tags.slice(0, namedTags), '…'] : tags;
  return ociError(
    'not-found',
    `the layout has ${named.length === 0 ? 'no tags' : `the tags ${named.join(', ')}`}`,
  );
}

function moved(reference: Tag | Digest, now: Digest | undefined, before: Digest | undefined): Error {
  return ociError(
    'tag-changed',
    `${reference} was moved to ${now ?? 'nothing'} by someone else meanwhile, it was ${before ?? 'not there'}`,
    {suggestions: ['find out who promotes to the same tag, then run the command again']},
  );
}

function notKept(reference: Tag | Digest, found: Digest | undefined, wanted: Digest): Error {
  return ociError(
    'digest-mismatch',
    `read back, ${reference} is ${found ?? 'not there'}, expected ${wanted}`,
    {
      suggestions: ['someone may have moved the tag: find out who else writes to the layout'],
    },
  );
}
