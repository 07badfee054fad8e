import type {Evidence} from '../evidence/evidence.ts';
import type {ImageFacts} from '../evidence/image-facts.ts';
import type {Digest} from '../oci/digest.ts';
import type {Signers} from './signers.ts';

/** What a policy is asked about: one image on its way into a stage. */
export interface Question {
  readonly digest: Digest;
  readonly fromStage: string;
  /** Absent for an explicit promotion. */
  readonly tenant?: string | undefined;
  readonly evidence: Evidence;
  readonly signers: Signers;
  readonly facts: ImageFacts;
  readonly now: Date;
}
