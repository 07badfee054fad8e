import type {Connection} from '../access/connection.ts';
import type {Place} from '../access/place.ts';
import {gatherEvidence} from '../evidence/evidence.ts';
import type {Signer} from '../evidence/signer.ts';
import type {Digest} from '../oci/digest.ts';
import type {Tag} from '../oci/reference.ts';
import {historyOf, type Recorded} from '../record/history.ts';
import {startOf} from '../record/promotion.ts';
import {preflightFailure} from './failures.ts';
import {imagePlace} from './planning/plan.ts';

/** A record, and the digest that it was found beside. */
export interface HistoryEntry extends Recorded {
  readonly digest: Digest;
}

/** An image at one place: under which tags, and what is recorded of it there. */
export interface RecordedImage {
  readonly place: Place;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  readonly records: readonly Recorded[];
}

export interface HistoryQuestion {
  /** One digest or tag; all tags without either. */
  readonly digest?: Digest | undefined;
  readonly tag?: Tag | undefined;
  readonly places: readonly Place[];
  readonly connection: Connection;
  readonly signers: ReadonlyMap<string, Signer>;
  /** Told of what a registry does not tell, and of what is not looked at. */
  readonly untold: (message: string) => void;
  /** Told of what is attached and cannot be read: anybody who may push can leave that. */
  readonly unreadable: (message: string) => void;
}

/** Tags of one repository that are looked at: each costs several requests. */
const tagLimit = 500;

/**
 * What is recorded of an image wherever it is, read from the registries alone. Rejects where one cannot be read, told by its
 * place: what is not known is not left out.
 */
export async function readRecordedImages(question: HistoryQuestion): Promise<RecordedImage[]> {
  const found: RecordedImage[] = [];
  for (const place of question.places) {
    try {
      found.push(...(await recordedAt(place, question)));
    } catch (error) {
      throw preflightFailure(error, imagePlace(place, question.digest ?? question.tag ?? anyTag), 'source');
    }
  }
  return found;
}

/** For messages about a repository as a whole. */
const anyTag = 'latest' as Tag;

/** The promotions that are recorded anywhere, each once, the first one first. */
export function chainOf(images: readonly RecordedImage[]): HistoryEntry[] {
  const entries = new Map<string, HistoryEntry>();
  for (const {digest, records} of images)
    for (const record of records) {
      const key = `${digest} ${JSON.stringify(record.promotion)}`;
      if (entries.get(key)?.verifiedBy === undefined) entries.set(key, {...record, digest});
    }
  return [...entries.values()].sort((one, other) => startOf(one.promotion) - startOf(other.promotion));
}

async function recordedAt(place: Place, question: HistoryQuestion): Promise<RecordedImage[]> {
  const byDigest = await digestsAt(place, question);
  const {connection, signers, untold, unreadable} = question;
  const target = connection.target(place);
  const found: RecordedImage[] = [];
  for (const [digest, tags] of byDigest) {
    const {
      claims,
      refused,
      unreadable: [first, ...others],
    } = await gatherEvidence(target, digest);
    if (refused !== undefined) untold(`${place.label} does not tell what refers to ${digest}: ${refused}`);
    if (first !== undefined)
      unreadable(`${place.label}: ${others.length + 1} attached to ${digest} cannot be read: ${first}`);
    found.push({place, digest, tags, records: await historyOf(claims, digest, signers)});
  }
  return found;
}

/** Digests with their tags there. */
async function digestsAt(place: Place, question: HistoryQuestion): Promise<Map<Digest, Tag[]>> {
  const {digest, tag, connection, untold} = question;
  const target = connection.target(place);
  if (digest !== undefined) {
    const there = await target.digestOf(digest);
    return new Map(there === undefined ? [] : [[there, tag === undefined ? [] : [tag]]]);
  }
  const tags = tag === undefined ? (await target.tags()).filter((one) => !isAttachmentTag(one)) : [tag];
  if (tags.length > tagLimit)
    untold(`${place.label} has ${tags.length} tags, and ${tagLimit} are looked at: name one of them`);
  const byDigest = new Map<Digest, Tag[]>();
  for (const one of tags.slice(0, tagLimit)) {
    const found = await target.digestOf(one);
    if (found !== undefined) byDigest.set(found, [...(byDigest.get(found) ?? []), one]);
  }
  return byDigest;
}

/** cosign's tags for a digest, and the referrers tag. */
export const isAttachmentTag = (tag: string): boolean => /^sha(?:256|512)-[0-9a-f]{64}/.test(tag);
