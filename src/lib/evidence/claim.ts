import type {Digest} from '../oci/digest.ts';
import type {Statement} from './statement.ts';

/** Something that somebody signed, as it was found: nothing of it is verified. */
export interface Claim {
  /** The manifest that it stands in. */
  readonly manifest: Digest;
  /** What it says: an image's digest (simple signing), or a statement about some. */
  readonly says:
    {readonly kind: 'signature'; readonly digest: Digest} | ({readonly kind: 'statement'} & Statement);
  /** The bytes that its signatures are over. */
  readonly signed: Buffer;
  readonly signatures: readonly Buffer[];
  /** The same as a sigstore bundle in its JSON form, where a certificate came along. */
  readonly bundle?: object | undefined;
}

/** What was found, and what looks like a claim and cannot be read. */
export interface Claims {
  readonly claims: readonly Claim[];
  readonly unreadable: readonly string[];
}
