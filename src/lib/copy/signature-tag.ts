import {isRecord} from '../is-record.ts';
import {OciError} from '../oci-error.ts';
import type {Tag} from '../oci/reference.ts';
import type {Source} from './source.ts';
import type {Manifest} from '../oci/manifest.ts';

/** Codes of what cannot be compared. */
const unreadable = ['invalid-manifest', 'invalid-descriptor', 'unsupported-manifest', 'not-found'];

/**
 * Whether what stands under a tag is contained in a manifest (`behind`), contains it (`ahead`), or neither (`apart`). cosign
 * keeps each signature in the annotations of a layer, and adds the next one to the same manifest (cosign,
 * specs/SIGNATURE_SPEC.md). Raises what the target raises, but for a manifest that cannot be read.
 */
export async function containment(
  target: Source,
  tag: Tag,
  manifest: Manifest,
): Promise<'behind' | 'ahead' | 'apart'> {
  return containmentOf(await manifestUnder(target, tag), manifest);
}

/** The same of two manifests that are known; what cannot be read contains nothing and is contained in nothing. */
export function containmentOf(there: Manifest | undefined, manifest: Manifest): 'behind' | 'ahead' | 'apart' {
  const [found, wanted] = [layersOf(there), layersOf(manifest)];
  if (contains(wanted, found)) return 'behind';
  return contains(found, wanted) ? 'ahead' : 'apart';
}

async function manifestUnder(target: Source, tag: Tag): Promise<Manifest | undefined> {
  try {
    return await target.resolve(tag);
  } catch (error) {
    if (error instanceof OciError && unreadable.includes(error.code)) return undefined;
    throw error;
  }
}

/** The layers as they stand there, with all that is said of them. */
function layersOf(manifest: Manifest | undefined): ReadonlySet<string> {
  const document: unknown = manifest && JSON.parse(manifest.bytes.toString('utf8'));
  const layers = isRecord(document) && Array.isArray(document.layers) ? (document.layers as unknown[]) : [];
  return new Set(layers.map((layer) => JSON.stringify(layer)));
}

const contains = (all: ReadonlySet<string>, some: ReadonlySet<string>): boolean =>
  some.size > 0 && [...some].every((layer) => all.has(layer));
