import {readBlob, verified} from '../distribution/blobs.ts';
import type {Digest} from '../oci/digest.ts';
import {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import type {Graph} from './graph.ts';
import type {Manifest} from '../oci/manifest.ts';
import {putManifest} from '../distribution/manifests.ts';
import {wait} from '../http/pace.ts';
import {pushBlob} from '../distribution/push-blob.ts';
import {repositoryKey} from '../oci/reference.ts';
import {addToReferrersTag} from '../distribution/referrers-tag.ts';

/** A registry says that something is missing which it claimed to have. */
const missingContent = new Set(['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN']);
const missesContent = (error: unknown): error is OciError =>
  error instanceof OciError && error.registryCodes.some((code) => missingContent.has(code));
/** Digests that a message names. */
const namedDigests = 5;

export interface Writing {
  readonly graph: Graph;
  readonly source: Session;
  readonly destination: Session;
}

/** Writes the manifests of a run's images: each once for each repository, children before parents. */
export class ManifestWriter {
  readonly #written = new Map<string, Promise<void>>();
  /** By repository: what registries do not list under its subject by themselves. */
  readonly #unlisted = new Map<string, Map<Digest, Unlisted>>();

  /** Writes the manifests that a destination lacks, under their digests. */
  async write(writing: Writing, lacking: readonly Manifest[]): Promise<void> {
    const wanted = new Map(lacking.map((manifest) => [manifest.descriptor.digest, manifest]));
    await Promise.all(lacking.map((manifest) => this.#once(writing, manifest, wanted)));
  }

  /**
   * Runs `put`, which writes a manifest. When the registry then misses content that it claimed to have, all that the
   * manifest refers to is sent again unconditionally, and `put` gets one more chance.
   */
  async healing<T>(writing: Writing, manifest: Manifest, put: () => Promise<T>): Promise<T> {
    try {
      return await put();
    } catch (error) {
      if (!missesContent(error)) throw error;
      await this.#sendAgain(writing, manifest);
      await wait(writing.destination.policy.delay, writing.destination.signal);
      return put().catch((again: unknown) => {
        throw stillMissed(again, manifest);
      });
    }
  }

  /** Writes one manifest. One whose registry does not keep track of its subject waits for `list`. */
  async put(
    writing: Writing,
    manifest: Manifest,
    target: string,
    options: {once?: boolean} = {},
  ): Promise<void> {
    const {subjectKept} = await putManifest(writing.destination, manifest, target, options);
    if (manifest.subject !== undefined && !subjectKept)
      this.#unlistedUnder(writing.destination, manifest.subject.digest).waiting.add(manifest);
  }

  /** Lists what was written to a repository and waits for it under its subjects; updates of one subject follow each other. */
  async list(destination: Session): Promise<void> {
    const subjects = this.#unlisted.get(repositoryKey(destination.repository)) ?? [];
    const updates = [...subjects].map(([subject, unlisted]) => {
      const manifests = [...unlisted.waiting];
      unlisted.waiting.clear();
      if (manifests.length > 0)
        unlisted.updated = unlisted.updated.then(() => addToReferrersTag(destination, subject, manifests));
      return unlisted.updated;
    });
    await Promise.all(updates);
  }

  #once(writing: Writing, manifest: Manifest, wanted: ReadonlyMap<Digest, Manifest>): Promise<void> {
    const {digest} = manifest.descriptor;
    const key = `${repositoryKey(writing.destination.repository)} ${digest}`;
    let written = this.#written.get(key);
    if (written === undefined) {
      written = this.#afterChildren(writing, manifest, wanted);
      this.#written.set(key, written);
      // a later image may have better luck
      written.catch(() => this.#written.delete(key));
    }
    return written;
  }

  async #afterChildren(
    writing: Writing,
    manifest: Manifest,
    wanted: ReadonlyMap<Digest, Manifest>,
  ): Promise<void> {
    const children = manifest.children
      .map(({digest}) => wanted.get(digest))
      .filter((child) => child !== undefined);
    await Promise.all(children.map((child) => this.#once(writing, child, wanted)));
    await this.healing(writing, manifest, () => this.put(writing, manifest, manifest.descriptor.digest));
  }

  async #sendAgain(writing: Writing, manifest: Manifest): Promise<void> {
    const {graph, source, destination} = writing;
    const nodes = new Set([...manifest.blobs, ...manifest.children].map(({digest}) => digest));
    for (const node of graph.blobs.values()) {
      if (!nodes.has(node.digest)) continue;
      const where = `${source.repository.host}/${source.repository.path}`;
      await pushBlob(destination, node, () => verified(readBlob(source, node), node, {where}));
    }
    for (const child of graph.manifests) {
      if (!nodes.has(child.descriptor.digest)) continue;
      await this.healing(writing, child, () => this.put(writing, child, child.descriptor.digest));
    }
  }

  #unlistedUnder({repository}: Session, subject: Digest): Unlisted {
    const key = repositoryKey(repository);
    const subjects = this.#unlisted.get(key) ?? new Map<Digest, Unlisted>();
    this.#unlisted.set(key, subjects);
    const unlisted = subjects.get(subject) ?? {waiting: new Set(), updated: Promise.resolve()};
    subjects.set(subject, unlisted);
    return unlisted;
  }
}

interface Unlisted {
  readonly waiting: Set<Manifest>;
  updated: Promise<void>;
}

/** A refusal of what was sent again, with what that was. */
function stillMissed(error: unknown, {blobs, children}: Manifest): unknown {
  if (!missesContent(error)) return error;
  const digests = [...new Set([...children, ...blobs].map(({digest}) => digest))];
  const more = digests.length > namedDigests ? ` and ${digests.length - namedDigests} more` : '';
  const named = `${digests.slice(0, namedDigests).join(', ')}${more}`;
  return error.with({message: `${error.message}; sent again in vain: ${named}`});
}
