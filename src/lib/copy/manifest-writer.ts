import type {PutOutcome} from '../distribution/manifests.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import {OciError} from '../oci-error.ts';
import type {Graph} from './graph.ts';
import type {Source} from './source.ts';
import type {Commit, Target} from './target.ts';

/** A registry says that something is missing which it claimed to have. */
const missingContent = new Set(['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN']);
const missesContent = (error: unknown): error is OciError =>
  error instanceof OciError && error.registryCodes.some((code) => missingContent.has(code));
/** Digests that a message names. */
const namedDigests = 5;

/** An image, or an attachment, on its way from a source to a target. */
export interface Writing {
  readonly graph: Graph;
  readonly source: Source;
  readonly target: Target;
}

/** Sends a blob even if the target says that it has it. */
export type SendBlob = (node: Descriptor, source: Source, target: Target) => Promise<void>;

/** Writes the manifests of a run's images: each once for each target, children before parents. */
export class ManifestWriter {
  readonly #sendBlob: SendBlob;
  readonly #written = new Map<string, Promise<void>>();
  /** By target: what it does not list under its subject by itself. */
  readonly #unlisted = new Map<string, Map<Digest, Unlisted>>();

  constructor(sendBlob: SendBlob) {
    this.#sendBlob = sendBlob;
  }

  /**
   * Writes the manifests that a target lacks, under their digests. What the registry then says to miss is sent again, once.
   * Raises what the target raises.
   */
  async write(writing: Writing, missing: readonly Manifest[]): Promise<void> {
    const wanted = new Map(missing.map((manifest) => [manifest.descriptor.digest, manifest]));
    await Promise.all(missing.map((manifest) => this.#once(writing, manifest, wanted)));
  }

  /** Makes a tag point to an image's or attachment's own manifest, whose content is there. Raises as `Target.commit` does. */
  async commit(writing: Writing, commit: Commit): Promise<void> {
    const {root} = writing.graph;
    await this.#put(writing, root, () => writing.target.commit(root, commit));
  }

  /** Writes an image's or attachment's own manifest under its digest once more. Raises as `write` does. */
  again(writing: Writing): Promise<void> {
    return this.#putByDigest(writing, writing.graph.root);
  }

  /**
   * Lists what was written to a target under its subjects, where the target does not do so by itself; updates of one subject
   * follow each other. Raises as `Target.list` does.
   */
  async list(target: Target): Promise<void> {
    const updates = [...(this.#unlisted.get(target.key) ?? [])].map(([subject, unlisted]) => {
      const manifests = [...unlisted.waiting];
      unlisted.waiting.clear();
      if (manifests.length > 0)
        unlisted.updated = unlisted.updated.then(() => target.list(subject, manifests));
      return unlisted.updated;
    });
    await Promise.all(updates);
  }

  #once(writing: Writing, manifest: Manifest, wanted: ReadonlyMap<Digest, Manifest>): Promise<void> {
    const key = `${writing.target.key} ${manifest.descriptor.digest}`;
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
    await this.#putByDigest(writing, manifest);
  }

  #putByDigest(writing: Writing, manifest: Manifest): Promise<void> {
    return this.#put(writing, manifest, () => writing.target.put(manifest, manifest.descriptor.digest));
  }

  /**
   * Runs `put`, which writes a manifest. When the registry then misses content that it claimed to have, all that the
   * manifest refers to is sent again unconditionally, and `put` gets one more chance. A manifest whose registry does not keep
   * track of its subject waits for `list`.
   */
  async #put(
    writing: Writing,
    manifest: Manifest,
    put: () => Promise<PutOutcome | undefined>,
  ): Promise<void> {
    const outcome = await put().catch(async (error: unknown) => {
      if (!missesContent(error)) throw error;
      await this.#sendAgain(writing, manifest);
      await writing.target.pause();
      return put().catch((again: unknown) => {
        throw stillMissed(again, manifest);
      });
    });
    if (manifest.subject !== undefined && outcome?.subjectKept === false)
      this.#unlistedUnder(writing.target, manifest.subject.digest).waiting.add(manifest);
  }

  async #sendAgain(writing: Writing, manifest: Manifest): Promise<void> {
    const {graph, source, target} = writing;
    const blobs = new Set(
      [...manifest.blobs, ...manifest.foreign, ...manifest.children].map(({digest}) => digest),
    );
    const children = new Set(manifest.children.map(({digest}) => digest));
    for (const node of graph.blobs.values())
      if (blobs.has(node.digest)) await this.#sendBlob(node, source, target);
    for (const child of graph.manifests)
      if (children.has(child.descriptor.digest)) await this.#putByDigest(writing, child);
  }

  #unlistedUnder({key}: Target, subject: Digest): Unlisted {
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
