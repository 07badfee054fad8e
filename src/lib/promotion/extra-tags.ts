import type {Place} from '../access/place.ts';
import compare from 'semver/functions/rcompare.js';
import gt from 'semver/functions/gt.js';
import parse from 'semver/functions/parse.js';
import type {Digest} from '../oci/digest.ts';
import {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import {listRepository} from '../distribution/listing.ts';
import {tagDigest} from '../distribution/manifests.ts';
import type {PromotionListener} from './events.ts';

/** A tag besides the image's own, which floats: `1.2`, `latest`. */
export interface ExtraTag {
  readonly tag: string;
  /** What it points to now. */
  readonly existingDigest?: Digest | undefined;
  /** `kept`: it points to a later version already. */
  readonly action: 'write' | 'up-to-date' | 'kept';
}

export interface ExtraTagOptions {
  readonly digest: Digest;
  /** The image's own tag, if it has one: its version decides what is later. */
  readonly version: string | undefined;
  /** Lets tags move back to an earlier version. */
  readonly overwrite: boolean;
  readonly emit: PromotionListener;
}

/** Later versions that are compared with a floating tag, the latest first. */
const comparedVersions = 50;

/**
 * What is to become of the extra tags at a destination. A tag that floats moves without being asked for, but not back: one
 * that points to the same as a later version's tag is kept. Raises what the registry refuses with.
 */
export function previewExtraTags(
  session: Session,
  {extraTags = [], label}: Place,
  options: ExtraTagOptions,
): Promise<ExtraTag[]> {
  let later: Promise<ReadonlySet<Digest>> | undefined;
  return Promise.all(
    extraTags.map(async (tag): Promise<ExtraTag> => {
      const existingDigest = await tagDigest(session, tag);
      if (existingDigest === options.digest) return {tag, existingDigest, action: 'up-to-date'};
      if (existingDigest === undefined || options.overwrite) return {tag, existingDigest, action: 'write'};
      later ??= laterDigests(session, options.version);
      if (!(await later).has(existingDigest)) return {tag, existingDigest, action: 'write'};
      options.emit({
        kind: 'warning',
        message: `${label}: ${tag} points to a version later than ${options.version ?? 'this'} and is kept; --overwrite moves it`,
      });
      return {tag, existingDigest, action: 'kept'};
    }),
  );
}

/** The digests of the versions at a destination that are later than this one. */
async function laterDigests(session: Session, version: string | undefined): Promise<ReadonlySet<Digest>> {
  const own = version === undefined ? null : parse(version);
  if (own === null) return new Set();
  const later = (await tagsOf(session)).filter((tag) => {
    const other = parse(tag);
    return other !== null && gt(other, own);
  });
  const latest = later.sort(compare).slice(0, comparedVersions);
  const digests = await Promise.all(latest.map((tag) => tagDigest(session, tag)));
  return new Set(digests.filter((digest) => digest !== undefined));
}

async function tagsOf(session: Session): Promise<string[]> {
  try {
    return [...(await listRepository(session)).tags];
  } catch (error) {
    if (error instanceof OciError && error.code === 'not-found') return [];
    throw error;
  }
}
