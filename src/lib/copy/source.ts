import type {Referrers} from '../distribution/referrers.ts';
import type {ResolvedManifest} from '../distribution/manifests.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';

/** Ends requests although nobody has interrupted the run. */
export interface Bound {
  /** A signal that is aborted by the bound, or with the run's; asked with the first request. */
  beside(run: AbortSignal | undefined): AbortSignal;
}

/**
 * Where images are read: one repository of a registry, or a directory in the OCI image layout. Every method raises
 * OciErrors: `not-found` when the source says that it does not have something, and something else for every other reason.
 */
export interface Source {
  /** `HOST/PATH` or the directory, for messages. */
  readonly name: string;
  /** The same, with everything that is under way broken off by the bound, too. */
  until(bound: Bound): Source;
  /** So many requests are to follow soon: it may be connected to meanwhile. */
  expect(requests: number): void;
  /** What a tag or digest points to. */
  resolve(reference: Tag | Digest): Promise<ResolvedManifest>;
  /** What a tag points to, or undefined when the source says that there is no such tag. */
  find(tag: Tag): Promise<Manifest | undefined>;
  /** The manifest that a parent describes, verified against its digest and size. */
  manifest(node: Descriptor): Promise<Manifest>;
  /** A blob's content from a byte position on; not verified. */
  blob(node: Descriptor, offset?: number): AsyncIterable<Buffer>;
  /** What refers to a digest. */
  referrers(subject: Digest): Promise<Referrers>;
}
