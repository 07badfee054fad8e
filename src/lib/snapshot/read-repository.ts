import type {Tag} from '../oci/reference.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Session} from '../distribution/session.ts';
import type {Listing} from '../distribution/listing.ts';
import type {Manifest} from '../oci/manifest.ts';
import {hasManifest, resolveManifest, currentDigest} from '../distribution/manifests.ts';
import {isIndexType, isManifestType, mediaTypes} from '../oci/media-types.ts';
import {manifestUnder} from './manifest-under.ts';
import {isCosigns, isReferrer} from './attached.ts';

type Note = (digest: Digest, tags: readonly string[]) => void;

/**
 * A repository by its tags: what they point to and, unless `minimal`, the manifests below that which are there; `minimal`
 * leaves out what cosign attached as well.
 */
export async function readTagged(
  session: Session,
  {tags}: Listing,
  minimal: boolean,
  note: Note,
): Promise<void> {
  const seen = new Set<Digest>();
  await Promise.all(
    tags.map(async (tag) => {
      if (minimal && (await isCosigns(session, tag))) return;
      const found =
        minimal && !isReferrersTag(tag)
          ? await currentDigest(session, tag)
          : await manifestUnder(session, tag);
      if (found === undefined) return;
      if (typeof found === 'string') {
        note(found, [tag]);
        return;
      }
      if (isReferrersTag(tag) && found.descriptor.mediaType === mediaTypes.ociIndex) return;
      note(found.descriptor.digest, [tag]);
      if (!minimal) await noteChildren(session, found, seen, note);
    }),
  );
}

/**
 * A repository by Google's listing, which has all manifests; `minimal` leaves out untagged children of indexes, and what is
 * attached to an image.
 */
export async function readByListing(
  session: Session,
  {manifests = new Map()}: Listing,
  minimal: boolean,
  note: Note,
): Promise<void> {
  const listed = await Promise.all(
    [...manifests].map(async ([digest, {mediaType = '', tags}]) => {
      const named = tags.filter((tag) => !(isReferrersTag(tag) && mediaType === mediaTypes.ociIndex));
      const own = minimal ? await withoutCosigns(session, named) : named;
      return {digest, mediaType, tags: own, kept: tags.length === 0 || own.length > 0};
    }),
  );
  const indexes = minimal ? listed.filter(({mediaType}) => isIndexType(mediaType)) : [];
  const children = new Set<Digest>();
  await Promise.all(
    indexes.map(async ({digest}) => {
      for (const child of (await resolveManifest(session, digest)).children) children.add(child.digest);
    }),
  );
  await Promise.all(
    listed.map(async ({digest, tags, kept}) => {
      if (!kept || (tags.length === 0 && children.has(digest))) return;
      if (minimal && tags.length === 0 && (await isReferrer(session, digest))) return;
      note(digest, tags);
    }),
  );
}

async function withoutCosigns(session: Session, tags: readonly Tag[]): Promise<Tag[]> {
  const attached = await Promise.all(tags.map((tag) => isCosigns(session, tag)));
  return tags.filter((_, index) => attached[index] === false);
}

/**
 * Whether the tag is where registries without a referrers API keep what refers to a digest (distribution-spec, §Referrers
 * Tag Schema). Such an index belongs to its image, travels with it, and is made anew by each registry.
 */
const isReferrersTag = (tag: string): boolean => /^sha(?:256|512)-[0-9a-f]{64}$/.test(tag);

async function noteChildren(
  session: Session,
  {children}: Manifest,
  seen: Set<Digest>,
  note: Note,
): Promise<void> {
  const fresh = children.filter(({digest, mediaType}) => isManifestType(mediaType) && !seen.has(digest));
  for (const {digest} of fresh) seen.add(digest);
  await Promise.all(fresh.map((child) => noteChild(session, child, seen, note)));
}

/** An index may list what is not in its repository. */
async function noteChild(session: Session, child: Descriptor, seen: Set<Digest>, note: Note): Promise<void> {
  if (!isIndexType(child.mediaType)) {
    if (await hasManifest(session, child.digest)) note(child.digest, []);
    return;
  }
  const manifest = await manifestUnder(session, child.digest);
  if (manifest === undefined) return;
  note(child.digest, []);
  // what it lists nobody can tell
  if (typeof manifest === 'string') return;
  await noteChildren(session, manifest, seen, note);
}
