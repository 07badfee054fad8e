import type {Source} from '../copy/source.ts';
import {referrersTag} from '../distribution/referrers-tag.ts';
import {OciError} from '../oci-error.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';

/** A manifest that stands beside another: under cosign's tag for it, or as a referrer of it. */
export interface Attached {
  readonly manifest: Manifest;
  /** Absent for a referrer. */
  readonly tag?: string;
}

/** All that is attached to a manifest, and what keeps that from being known as a whole. */
export interface AttachedList {
  readonly list: readonly Attached[];
  /** Why the registry does not tell all of it, if so. */
  readonly refused?: string;
  /** What could not be read, a sentence each. */
  readonly unreadable: readonly string[];
}

/** cosign's tags for a digest that hold signatures and attestations (cosign, specs/SIGNATURE_SPEC.md). */
const suffixes = ['.sig', '.att'];

/** Whoever may push may attach: beyond that, something is wrong. */
const attachedLimit = 1000;

/**
 * Looks for all that is attached to a digest, in every form there is. What one form holds never hides another: a manifest
 * that cannot be read as one is told and passed over. Raises what the wire and a failing registry raise.
 */
export async function attachedTo(
  source: Source,
  digest: Digest,
  limit = attachedLimit,
): Promise<AttachedList> {
  const [tagged, {descriptors, refused}] = await Promise.all([
    Promise.all(suffixes.map((suffix) => underTag(source, `${referrersTag(digest)}${suffix}` as Tag))),
    source.referrers(digest),
  ]);
  const tooMany = descriptors.length > limit;
  const referrers = descriptors
    .slice(0, limit)
    .map((node) => readable(source.manifest(node).then((manifest) => ({manifest}))));
  const found = [...tagged, ...(await Promise.all(referrers))];
  return {
    list: found.filter((one) => typeof one === 'object'),
    ...(refused && {refused: refused.message}),
    ...(tooMany && {refused: `it lists more than ${limit} referrers`}),
    unreadable: found.filter((one) => typeof one === 'string'),
  };
}

function underTag(source: Source, tag: Tag): Promise<Attached | string | undefined> {
  return readable(source.find(tag).then((manifest) => manifest && {manifest, tag}));
}

/** Codes of content that is not what it should be; everything else is the registry's failure. */
const malformed = ['invalid-manifest', 'invalid-descriptor', 'unsupported-manifest', 'not-found'];

async function readable(attached: Promise<Attached | undefined>): Promise<Attached | string | undefined> {
  try {
    return await attached;
  } catch (error) {
    if (error instanceof OciError && malformed.includes(error.code)) return error.message;
    throw error;
  }
}
