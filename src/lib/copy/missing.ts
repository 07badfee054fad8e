import type {Descriptor} from '../oci/descriptor.ts';
import type {Manifest} from '../oci/manifest.ts';
import type {Graph} from './graph.ts';
import type {Target} from './target.ts';

/** What a target does not have of an image. */
export interface Missing {
  /** Children before parents. */
  readonly manifests: readonly Manifest[];
  readonly blobs: readonly Descriptor[];
}

export const nothingMissing: Missing = {manifests: [], blobs: []};

/** Whether a target has it all. */
export const isNothing = ({manifests, blobs}: Missing): boolean =>
  manifests.length === 0 && blobs.length === 0;

/**
 * Asks a target for each manifest and blob of an image. What is missing is brought there, also below a manifest that is there:
 * registries lose layers without losing what refers to them, by their own garbage collection for one.
 */
export async function missingOf(target: Target, {manifests, blobs}: Graph): Promise<Missing> {
  const missing = await target.missing({
    manifests: manifests.map(({descriptor}) => descriptor),
    blobs: [...blobs.values()],
  });
  const digests = new Set(missing.manifests.map(({digest}) => digest));
  return {
    manifests: manifests.filter(({descriptor}) => digests.has(descriptor.digest)),
    blobs: missing.blobs,
  };
}
