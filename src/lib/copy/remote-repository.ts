import {registryUrl} from '../distribution/authorizer.ts';
import {readBlob, hasBlob} from '../distribution/blobs.ts';
import {listRepository} from '../distribution/listing.ts';
import {
  currentDigest,
  fetchManifest,
  findManifest,
  hasManifest,
  orMissing,
  putManifest,
  resolveManifest,
  type PutOutcome,
} from '../distribution/manifests.ts';
import {addToReferrersTag} from '../distribution/referrers-tag.ts';
import {listReferrers, type Referrers} from '../distribution/referrers.ts';
import {sided, type Session} from '../distribution/session.ts';
import {cancelUpload, mountBlob, pushBlob, type PushOptions} from '../distribution/uploads.ts';
import {delayedSignal} from '../http/delayed-signal.ts';
import {wait} from '../http/pace.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import {canonicalHost, repositoryKey, sameRegistry, type Tag} from '../oci/reference.ts';

import {commitTag} from './commit-tag.ts';
import type {Bound, Source} from './source.ts';
import type {Commit, Content, Target} from './target.ts';

/** A repository of a registry, spoken to over HTTP, as source and as target. Its errors carry the side that it is on. */
export class RemoteRepository implements Target {
  readonly session: Session;
  readonly name: string;
  readonly key: string;

  constructor(session: Session) {
    this.session = session;
    this.name = `${session.repository.host}/${session.repository.path}`;
    this.key = repositoryKey(session.repository);
  }

  until(bound: Bound): RemoteRepository {
    const {session} = this;
    let both: AbortSignal | undefined;
    return new RemoteRepository({
      ...session,
      get signal() {
        return (both ??= bound.beside(session.signal));
      },
    });
  }

  patient(milliseconds: number): RemoteRepository {
    const {signal} = this.session;
    return signal === undefined
      ? this
      : new RemoteRepository({...this.session, signal: delayedSignal(signal, milliseconds)});
  }

  expect(requests: number): void {
    const {wire, pace, repository} = this.session;
    const url = registryUrl(repository);
    wire.expect(url, Math.min(requests, pace.atOnce(url.host)));
  }

  resolve(reference: Tag | Digest) {
    return this.#told(resolveManifest(this.session, reference));
  }

  find(tag: Tag): Promise<Manifest | undefined> {
    return this.#told(findManifest(this.session, tag));
  }

  manifest(node: Descriptor): Promise<Manifest> {
    return this.#told(fetchManifest(this.session, node));
  }

  blob(node: Descriptor, offset?: number): AsyncIterable<Buffer> {
    return readBlob(this.session, node, offset);
  }

  referrers(subject: Digest): Promise<Referrers> {
    return this.#told(listReferrers(this.session, subject));
  }

  digestOf(reference: Tag | Digest): Promise<Digest | undefined> {
    return this.#told(currentDigest(this.session, reference));
  }

  async missing({manifests, blobs}: Content): Promise<Content> {
    const missingOf = async (nodes: readonly Descriptor[], has: (node: Descriptor) => Promise<boolean>) => {
      const there = await Promise.all(nodes.map(has));
      return nodes.filter((_, i) => there[i] === false);
    };
    // all at once: one round trip, at the price of some questions too many
    const [missingManifests, missingBlobs] = await this.#told(
      Promise.all([
        missingOf(manifests, ({digest}) => hasManifest(this.session, digest)),
        missingOf(blobs, (node) => hasBlob(this.session, node)),
      ]),
    );
    return {manifests: missingManifests, blobs: missingBlobs};
  }

  async tags(): Promise<readonly Tag[]> {
    const listing = await this.#told(orMissing(listRepository(this.session)));
    return listing === undefined ? [] : [...listing.tags];
  }

  mountableFrom(source: Source): string | undefined {
    if (!(source instanceof RemoteRepository)) return undefined;
    const [from, to] = [source.session, this.session];
    if (!sameRegistry(from.repository, to.repository) || from.repository.path === to.repository.path)
      return undefined;
    return `${from.authorizer.identity.id} ${to.authorizer.identity.id} ${canonicalHost(to.repository)}`;
  }

  mount(digest: Digest, from: Source): Promise<'mounted' | URL> {
    if (!(from instanceof RemoteRepository)) throw new Error(`${from.name} is no repository of a registry`);
    return this.#told(mountBlob(this.session, digest, from.session.repository));
  }

  push(
    node: Descriptor,
    open: (attempt: number) => AsyncIterable<Buffer>,
    options?: PushOptions,
  ): Promise<void> {
    return this.#told(pushBlob(this.session, node, open, options));
  }

  cancel(begun: URL): Promise<void> {
    return cancelUpload(this.session, begun);
  }

  put(manifest: Manifest, reference: Tag | Digest): Promise<PutOutcome> {
    return this.#told(putManifest(this.session, manifest, reference));
  }

  list(subject: Digest, manifests: readonly Manifest[]): Promise<void> {
    return this.#told(addToReferrersTag(this.session, subject, manifests));
  }

  commit(manifest: Manifest, commit: Commit): Promise<PutOutcome | undefined> {
    return this.#told(commitTag(this.session, manifest, commit));
  }

  pause(): Promise<void> {
    return wait(this.session.policy.delay, this.session.signal);
  }

  #told<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw sided(error, this.session);
    });
  }
}
