import type {PutOutcome} from '../distribution/manifests.ts';
import type {PushOptions} from '../distribution/uploads.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';
import type {Bound, Source} from './source.ts';

/** Manifests and blobs by their descriptors. One digest may be both: a layer of one image and a manifest below another. */
export interface Content {
  readonly manifests: readonly Descriptor[];
  readonly blobs: readonly Descriptor[];
}

/** A look at a tag, beside which something else was done. */
export interface Look {
  /** By the process' clock. */
  readonly asked: number;
  readonly found: Digest | undefined;
}

/** A tag, or the digest of an image without one, that is to point to a manifest. */
export interface Commit {
  readonly reference: Tag | Digest;
  /** What it pointed to when the plan was made. */
  readonly before: Digest | undefined;
  /** What it pointed to a moment ago, and when that was asked. */
  readonly look?: Look | undefined;
  /** Whether it may move from something else to the manifest. */
  readonly overwrite: boolean;
}

/**
 * Where images are written: a source as well, as what is there is read before. "There" and "missing" follow from the target's
 * own answer about the digest; every other answer is raised.
 */
export interface Target extends Source {
  /** One text for each repository, however its place is written: a key for maps. */
  readonly key: string;
  /** The same, with everything that is under way broken off by the bound, too. */
  until(bound: Bound): Target;
  /** The same, with so many milliseconds of grace for what is under way when the run is interrupted. */
  patient(milliseconds: number): Target;
  /** What a tag points to now, or the digest itself when its manifest is there; undefined when it is not. */
  digestOf(reference: Tag | Digest): Promise<Digest | undefined>;
  /** What is not there of some content. */
  missing(content: Content): Promise<Content>;
  /** All tags: a hint, as registries cut the list short or give none. */
  tags(): Promise<readonly Tag[]>;
  /**
   * What a mount of blobs from there depends on, as one text: who asks for whose blobs, and where. Undefined where blobs
   * cannot be mounted from there at all.
   */
  mountableFrom(source: Source): string | undefined;
  /** Takes a blob over from there without its content moving, or gives the upload that was opened instead. Raises refusals. */
  mount(digest: Digest, from: Source): Promise<'mounted' | URL>;
  /** Writes a blob; `open(n)` gives its content for attempt n. */
  push(
    node: Descriptor,
    open: (attempt: number) => AsyncIterable<Buffer>,
    options?: PushOptions,
  ): Promise<void>;
  /** Ends an upload that was opened and is not needed. */
  cancel(begun: URL): Promise<void>;
  /** Writes a manifest under a tag or its digest. */
  put(manifest: Manifest, reference: Tag | Digest): Promise<PutOutcome>;
  /** Lists manifests under their subject, where the target does not do so by itself. */
  list(subject: Digest, manifests: readonly Manifest[]): Promise<void>;
  /**
   * Makes a tag point to a manifest whose content is there, unless it does already, and reads it back. Raises `tag-changed`
   * when someone else moved it meanwhile, and `digest-mismatch` when it does not point there afterwards.
   */
  commit(manifest: Manifest, commit: Commit): Promise<PutOutcome | undefined>;
  /** Resolves after the moment that is to pass before something is tried again. */
  pause(): Promise<void>;
}
