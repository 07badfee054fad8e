import compare from 'semver/functions/rcompare.js';
import gt from 'semver/functions/gt.js';
import parse from 'semver/functions/parse.js';
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
 * that points to the same as a later version's tag is kept. Raises what the target raises.
 */
export function previewExtraTags(
  target: Target,
  extraTags: readonly Tag[],
  options: ExtraTagOptions,
): Promise<ExtraTag[]> {
  let versions: Promise<readonly Tag[]> | undefined;
  return Promise.all(
    extraTags.map(async (tag): Promise<ExtraTag> => {
      const existingDigest = await target.digestOf(tag);
      if (isNamedBy(options.manifest, existingDigest)) return {tag, existingDigest, action: 'up-to-date'};
      if (existingDigest === undefined || options.overwrite) return {tag, existingDigest, action: 'write'};
      versions ??= laterVersions(target, options.version);
      const later = await versionWith(target, await versions, existingDigest);
      if (later === undefined) return {tag, existingDigest, action: 'write'};
      options.warn(
        `${tag} points to ${later}, which is later than ${options.version ?? 'this'}, and is kept; --overwrite moves it`,
      );
      return {tag, existingDigest, action: 'kept'};
    }),
  );
}

/** The versions at a destination that are later than this one, the latest first. */
async function laterVersions(target: Target, version: string | undefined): Promise<readonly Tag[]> {
  const own = version === undefined ? null : parse(version);
  if (own === null) return [];
  const later = (await target.tags()).filter((tag) => {
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
