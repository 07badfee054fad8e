import type {Claim} from '../../evidence/claim.ts';
import type {Digest} from '../../oci/digest.ts';
import type {Question} from '../question.ts';
import {signaturePredicate} from '../predicates.ts';
import type {Rule} from '../requirement.ts';
import {isFinding, missing, verifiedClaims, type Finding} from './finding.ts';

/**
 * Whether the digest itself was signed. An attestation is no signature, whoever made it: it may say that the image failed.
 */
export async function judgeSigned(
  {by}: Rule & {kind: 'signed' | 'promoted'},
  {digest, evidence, signers}: Question,
): Promise<Finding> {
  const signatures = evidence.claims.filter(isSignature);
  const claims = signatures.filter((claim) => isAbout(claim, digest));
  const {unreadable} = evidence;
  if (claims.length === 0 && signatures.length > 0)
    return missing(['no signature of this digest: what is attached was made for another']);
  const verified = await verifiedClaims({claims, noun: 'signature', by, signers, unreadable});
  return isFinding(verified) ? verified : {passed: true, found: `signed by ${by}`};
}

function isSignature({says}: Claim): boolean {
  return says.kind === 'signature' || says.predicateType === signaturePredicate;
}

function isAbout({says}: Claim, digest: Digest): boolean {
  return says.kind === 'signature' ? says.digest === digest : says.subjects.has(digest);
}
