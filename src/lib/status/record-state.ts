import type {StagePlace} from '../access/places-to-check.ts';
import type {Target} from '../copy/target.ts';
import {attachedTo, type AttachedList} from '../evidence/attached.ts';
import {gatherEvidence} from '../evidence/evidence.ts';
import type {Signer} from '../evidence/signer.ts';
import type {Digest} from '../oci/digest.ts';
import {formatRepository} from '../oci/reference.ts';
import {tellsOfPromotionTo, historyOf} from '../record/history.ts';
import type {StatusCell} from './report.ts';

/** What the records beside a digest say of how it came to a place. Raises what the registry fails with. */
export type ReadRecord = (target: Target, digest: Digest, place: StagePlace) => Promise<StatusCell['record']>;

export interface Recorders {
  /** Whose records count. */
  readonly signers: ReadonlyMap<string, Signer>;
  /** Stages that promotions lead to: what is in another was put there by a build. */
  readonly stages: ReadonlySet<string>;
}

/** Manifests beside one digest that are opened: each costs two requests, and a status has hundreds of digests. */
const attachedLimit = 50;
/** Bytes of the largest payload that is read: an SBOM may be larger, a record of a promotion to a thousand places is not. */
const payloadLimit = 4 * 1024 * 1024;

/** Reads whether a record, by whom that counts of, says that a digest was promoted to where it is. */
export function recordReader({signers, stages}: Recorders): ReadRecord {
  return async (target, digest, place) => {
    if (!stages.has(place.stage)) return null;
    const attached = withoutLarge(await attachedTo(target, digest, attachedLimit));
    const {claims, refused} = await gatherEvidence(target, digest, attached);
    const records = await historyOf(claims, digest, signers);
    const {stage, label: environment, repository} = place;
    const here = {environment, stage, name: formatRepository(repository)};
    if (tellsOfPromotionTo(records, here)) return 'verified';
    const bySomebody = records.map((record) => ({...record, verifiedBy: 'anybody'}));
    if (tellsOfPromotionTo(bySomebody, here)) return 'unverified';
    return refused === undefined ? 'unrecorded' : null;
  };
}

function withoutLarge({list, ...attached}: AttachedList): AttachedList {
  const small = list.filter(({manifest}) => manifest.blobs.every(({size}) => size <= payloadLimit));
  return {...attached, list: small};
}
