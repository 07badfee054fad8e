import {isVerified, signedBy, type Verified} from '../../evidence/signer.ts';
import type {Claim} from '../../evidence/claim.ts';
import type {Signers} from '../signers.ts';

/** Whether a rule is satisfied and by what; if it is not, what was found instead. */
export interface Finding {
  readonly passed: boolean;
  readonly found: string;
}

/** Claims that are looked at, what they are called, and who must have signed them. */
export interface Candidates {
  readonly claims: readonly Claim[];
  /** `signature`, `attestation of type vuln` */
  readonly noun: string;
  readonly by: string;
  readonly signers: Signers;
  /** What looked like evidence and could not be read. */
  readonly unreadable: readonly string[];
}

/** The claims that were signed by whom they must be; a finding that says why where there is none. */
export async function verifiedClaims(candidates: Candidates): Promise<readonly Verified[] | Finding> {
  const {claims, noun, by, signers, unreadable} = candidates;
  if (claims.length === 0) return missing([`no ${noun}`, ...unreadable.slice(0, shownReasons)]);
  const signer = await signers(by);
  if (typeof signer === 'string') return missing([signer]);
  const verdicts = await Promise.all(claims.map((claim) => signedBy(claim, signer)));
  const verified = verdicts.filter(isVerified);
  if (verified.length > 0) return verified;
  const reasons = new Set(verdicts.flatMap((one) => ('why' in one ? [one.why] : [])));
  return missing([`${claims.length} of kind ${noun}, none by ${by}`, ...[...reasons].slice(0, shownReasons)]);
}

/** Whether a rule is decided already, instead of having claims to look at. */
export const isFinding = (found: readonly unknown[] | Finding): found is Finding => 'passed' in found;

/** A rule that is not satisfied, and why, the most telling first. */
export const missing = (reasons: readonly string[]): Finding => ({passed: false, found: reasons.join('; ')});

/** Reasons of one rule that are shown: there may be as many as somebody attached. */
const shownReasons = 5;
