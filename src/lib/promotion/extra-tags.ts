import compare from 'semver/functions/rcompare.js';
import gt from 'semver/functions/gt.js';
import parse from 'semver/functions/parse.js';
import type {SemVer} from 'semver';
import type {Target} from '../copy/target.ts';
import type {Digest} from '../oci/digest.ts';
import {isNamedBy, type Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';

/** A tag besides the image's own, which floats: `1.2`, `latest`. */
export interface ExtraTag {
  readonly tag: Tag;
  /** What it points to now. */
  readonly existingDigest?: Digest | undefined;
  /** `kept`: it points to a later version already, or nobody can tell. */
  readonly action: 'write' | 'up-to-date' | 'kept';
}

export interface ExtraTagOptions {
  /** What the tags are to point to. */
  readonly manifest: Manifest;
  /** The image's own tag, if it has one: its version decides what is later. */
  readonly version: string | undefined;
  /** Lets tags move back to an earlier version. */
  readonly overwrite: boolean;
  /** Told of a tag that is kept. */
  readonly warn: (message: string) => void;
}

/** Later versions that are compared with a floating tag at once: the latest is mostly the one. */
const comparedAtOnce = 20;

/**
 * What is to become of the extra tags at a destination. A tag that floats moves without being asked for, but not back: one
 * that points to the same as a later version's tag is kept, and so is one that is there and not in the list of tags by which
 * that is told. Raises what the target raises.
 */
export function previewExtraTags(
  target: Target,
  extraTags: readonly Tag[],
  options: ExtraTagOptions,
): Promise<ExtraTag[]> {
  let listing: Promise<readonly Tag[]> | undefined;
  return Promise.all(
    extraTags.map(async (tag): Promise<ExtraTag> => {
      const existingDigest = await target.digestOf(tag);
      if (isNamedBy(options.manifest, existingDigest)) return {tag, existingDigest, action: 'up-to-date'};
      if (existingDigest === undefined || options.overwrite) return {tag, existingDigest, action: 'write'};
      const own = options.version === undefined ? null : parse(options.version);
      if (own === null) return {tag, existingDigest, action: 'write'};
      const listed = await (listing ??= target.tags());
      const why = listed.includes(tag)
        ? await laterIn(target, listed, {own, existingDigest})
        : "is not in the registry's list of tags: nobody can tell whether it points to a later version";
      if (why === undefined) return {tag, existingDigest, action: 'write'};
      options.warn(`${tag} ${why}, and is kept; --overwrite moves it`);
      return {tag, existingDigest, action: 'kept'};
    }),
  );
}

/** Says that a digest is a later version than this one; undefined where it is none of those that are listed. */
async function laterIn(
  target: Target,
  listed: readonly Tag[],
  {own, existingDigest}: {readonly own: SemVer; readonly existingDigest: Digest},
): Promise<string | undefined> {
  const later = await versionWith(target, laterVersions(listed, own), existingDigest);
  return later && `points to ${later}, which is later than ${own.raw}`;
}

/** The versions that are later than this one, the latest first. */
function laterVersions(listed: readonly Tag[], own: SemVer): readonly Tag[] {
  const later = listed.filter((tag) => {
    const other = parse(tag);
    return other !== null && gt(other, own);
  });
  return later.sort(compare);
}

/** The first of the tags that points to the digest, by asking each of them. */
async function versionWith(target: Target, tags: readonly Tag[], digest: Digest): Promise<Tag | undefined> {
  for (let at = 0; at < tags.length; at += comparedAtOnce) {
    const some = tags.slice(at, at + comparedAtOnce);
    const digests = await Promise.all(some.map((tag) => target.digestOf(tag)));
    const found = some.find((_, i) => digests[i] === digest);
    if (found !== undefined) return found;
  }
  return undefined;
}
