import type {Descriptor} from '../oci/descriptor.ts';
import type {Manifest} from '../oci/manifest.ts';
import type {Graph} from './graph.ts';
import type {Target} from './target.ts';

/** What a target does not have of an image. */
export interface Missing {
  /** Children before parents. */
  readonly manifests: readonly Manifest[];
  readonly blobs: readonly Descriptor[];
  /** Nobody has asked for the blobs: a mount will tell whether the target has each of them. */
  readonly unasked?: true;
}

/** A target has it all. */
export const nothingMissing: Missing = {manifests: [], blobs: []};

/** Whether a target has it all. */
export const isNothing = ({manifests, blobs}: Missing): boolean =>
  manifests.length === 0 && blobs.length === 0;

/**
 * The manifests that are written to a target, children before parents: those that are missing there and those that
 * refer to another one. An earlier run may have ended before such a manifest was listed under its subject.
 */
export function toBeWritten({manifests}: Graph, missing: readonly Manifest[]): readonly Manifest[] {
  const notThere = new Set(missing);
  return manifests.filter((manifest) => manifest.subject !== undefined || notThere.has(manifest));
}

/** What is asked of a target. */
export interface MissingOptions {
  /** The blobs are left to be mounted: that takes one request for each, whether it is there before or not. */
  readonly mounting?: boolean;
}

/**
 * Asks a target for each manifest and blob of an image, also for those below a manifest that is there: registries lose layers
 * without losing what refers to them, for instance by their own garbage collection. Raises what the target raises.
 */
export async function missingOf(
  target: Target,
  {manifests, blobs}: Graph,
  {mounting = false}: MissingOptions = {},
): Promise<Missing> {
  const all = [...blobs.values()];
  const missing = await target.missing({
    manifests: manifests.map(({descriptor}) => descriptor),
    blobs: mounting ? [] : all,
  });
  const digests = new Set(missing.manifests.map(({digest}) => digest));
  return {
    manifests: manifests.filter(({descriptor}) => digests.has(descriptor.digest)),
    ...(mounting ? {blobs: all, unasked: true} : {blobs: missing.blobs}),
  };
}
