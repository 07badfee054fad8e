import type {KeyObject} from 'node:crypto';
import {printable} from '../printable.ts';
import type {CertificateVerifier} from './certificates.ts';
import type {Claim} from './claim.ts';
import {matchesGlob} from './glob.ts';
import {verifiesWith} from './public-key.ts';

/** Somebody whose signatures count: who has a key, or whom an issuer vouches for. */
export type Signer =
  | {readonly kind: 'key'; readonly key: KeyObject}
  | {
      readonly kind: 'certificate';
      readonly issuer: string;
      /** Patterns as matchesGlob reads them; one of them is met. */
      readonly subjects: readonly string[];
      readonly verifier: CertificateVerifier;
    };

/** A claim that its signer is known to have made, or why not. */
export type Verdict = Verified | {readonly claim: Claim; readonly why: string};

/** A claim that its signer made. */
export interface Verified {
  readonly claim: Claim;
  /** When it was signed, as others than the signer say; none for a key without a timestamp. */
  readonly times: readonly Date[];
}

/** Whether the signer is known to have made it. */
export const isVerified = (verdict: Verdict): verdict is Verified => 'times' in verdict;

/** Whether a claim was signed by this signer. */
export async function signedBy(claim: Claim, signer: Signer): Promise<Verdict> {
  if (signer.kind === 'certificate') return byHolder(claim, signer);
  const checks = await Promise.all(
    claim.signatures.map((one) => verifiesWith(signer.key, claim.signed, one)),
  );
  return checks.includes(true) ? {claim, times: []} : {claim, why: 'signed by another key'};
}

function byHolder(claim: Claim, {issuer, subjects, verifier}: Signer & {kind: 'certificate'}): Verdict {
  if (claim.bundle === undefined) return {claim, why: 'signed without a certificate'};
  const holder = verifier.holderOf(claim.bundle, claim.signed);
  if (typeof holder === 'string') return {claim, why: holder};
  if (holder.issuer !== issuer) return {claim, why: `vouched for by ${printable(holder.issuer, 120)}`};
  if (subjects.some((subject) => matchesGlob(subject, holder.subject))) return {claim, times: holder.times};
  return {claim, why: `signed by ${printable(holder.subject, 200)}`};
}
