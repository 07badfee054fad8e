import type {Claim} from '../evidence/claim.ts';
import {isVerified, signedBy, type Signer} from '../evidence/signer.ts';
import type {Digest} from '../oci/digest.ts';
import {promotionIn, startOf, type PlaceRecord, type Promotion} from './promotion.ts';

/** A record that was found beside an image. */
export interface Recorded {
  readonly promotion: Promotion;
  /** The manifest that it stands in. */
  readonly manifest: Digest;
  /** Who is known to have signed it: the name of a signer, if any of them did. */
  readonly verifiedBy?: string | undefined;
}

/** The promotions of a digest that are recorded beside it, the first one first; one that is attached twice is told once. */
export async function historyOf(
  claims: readonly Claim[],
  digest: Digest,
  signers: ReadonlyMap<string, Signer>,
): Promise<Recorded[]> {
  const found = await Promise.all(claims.map((claim) => recordedIn(claim, digest, signers)));
  const records = new Map<string, Recorded>();
  for (const one of found.filter((one) => one !== undefined)) {
    const key = JSON.stringify(one.promotion);
    if (records.get(key)?.verifiedBy === undefined) records.set(key, one);
  }
  return [...records.values()].sort((one, other) => startOf(one.promotion) - startOf(other.promotion));
}

/** Whether one of the records says that the image was promoted to a place, and was signed. */
export function tellsOfPromotionTo(records: readonly Recorded[], place: PlaceRecord): boolean {
  return records.some(
    ({verifiedBy, promotion}) =>
      verifiedBy !== undefined &&
      promotion.destinations.some(
        ({environment, stage, name}) =>
          environment === place.environment && stage === place.stage && name === place.name,
      ),
  );
}

async function recordedIn(
  claim: Claim,
  digest: Digest,
  signers: ReadonlyMap<string, Signer>,
): Promise<Recorded | undefined> {
  const {says, manifest} = claim;
  if (says.kind !== 'statement' || !says.subjects.has(digest)) return undefined;
  const promotion = promotionIn(says);
  if (promotion === undefined) return undefined;
  for (const [name, signer] of signers)
    if (isVerified(await signedBy(claim, signer))) return {promotion, manifest, verifiedBy: name};
  return {promotion, manifest};
}
