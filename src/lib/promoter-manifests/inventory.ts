import type {Digest} from '../oci/digest.ts';
import {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import {listRepository, type Listing} from '../distribution/listing.ts';
import {hasManifest, tagDigest} from '../distribution/manifests.ts';

/** What is to be found out about one repository. */
export interface Question {
  readonly digests: ReadonlySet<Digest>;
  readonly tags: ReadonlySet<string>;
}

/** What is there of what was asked for. */
export interface Presence {
  readonly digests: ReadonlySet<Digest>;
  /** The tags that are there, with what they point to. */
  readonly tags: ReadonlyMap<string, Digest>;
}

/** So few questions are asked one by one: listing the tags first would save none of them. */
const fewQuestions = 2;
/** Google's registries leave manifests out of longer listings: what is not on one may be there all the same. */
const wholeListing = 10_000;

/**
 * Finds out which digests and tags a repository has. A listing of its tags, or of everything as Google's registries give it,
 * saves the questions that it answers; what it does not is asked one by one. Raises what the registry refuses with.
 */
export async function takeInventory(session: Session, {digests, tags}: Question): Promise<Presence> {
  const listing = digests.size + tags.size > fewQuestions ? await listingOf(session) : 'unknown';
  const found = {digests: new Set<Digest>(), tags: new Map<string, Digest>()};
  if (listing === 'no-repository') return found;
  if (listing !== 'unknown' && listing.manifests !== undefined) noteListed(listing, {digests, tags}, found);
  const conclusive =
    listing !== 'unknown' && listing.manifests !== undefined && listing.manifests.size < wholeListing;
  if (conclusive) return found;
  const listed = listing === 'unknown' || listing.manifests !== undefined ? undefined : new Set(listing.tags);
  await Promise.all(
    [...tags]
      .filter((tag) => !found.tags.has(tag) && listed?.has(tag) !== false)
      .map(async (tag) => {
        const digest = await tagDigest(session, tag);
        if (digest !== undefined) found.tags.set(tag, digest);
      }),
  );
  for (const digest of found.tags.values()) if (digests.has(digest)) found.digests.add(digest);
  await Promise.all(
    [...digests]
      .filter((digest) => !found.digests.has(digest))
      .map(async (digest) => {
        if (await hasManifest(session, digest)) found.digests.add(digest);
      }),
  );
  return found;
}

interface Found {
  readonly digests: Set<Digest>;
  readonly tags: Map<string, Digest>;
}

function noteListed({manifests}: Listing, {digests, tags}: Question, found: Found): void {
  for (const [digest, manifest] of manifests ?? []) {
    if (digests.has(digest)) found.digests.add(digest);
    for (const tag of manifest.tags) if (tags.has(tag)) found.tags.set(tag, digest);
  }
}

/** A registry that does not list says nothing about what it has. */
async function listingOf(session: Session): Promise<Listing | 'no-repository' | 'unknown'> {
  try {
    return await listRepository(session);
  } catch (error) {
    if (!(error instanceof OciError) || error.status === undefined || error.status === 429) throw error;
    return error.status === 404 && error.registryCodes.includes('NAME_UNKNOWN') ? 'no-repository' : 'unknown';
  }
}
