import {createHash} from 'node:crypto';
import {envelopeJson, inTotoType, preAuthEncoding, type Envelope} from '../evidence/dsse.ts';
import type {Signer} from '../evidence/signer.ts';
import type {SigningKey} from './signing-key.ts';

/** A statement that somebody signed: as an envelope, and with what it is verified by. */
export interface Signed {
  readonly envelope: Envelope;
  /** A sigstore bundle in its JSON form. */
  readonly bundle: object;
}

/** Who signs what is recorded. */
export interface RecordSigner {
  /** Raises what keeps a statement from being signed. */
  sign(statement: Buffer): Promise<Signed>;
  /** Whose records are not made again, by name. */
  readonly known: ReadonlyMap<string, Signer>;
}

/** sigstore's bundle, protobuf-specs v0.3 */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Signs with a private key, the process's own or one that a service keeps (DSSE, protocol.md). */
export function keySigner(key: SigningKey): RecordSigner {
  const der = key.publicKey.export({type: 'spki', format: 'der'});
  const hint = createHash('sha256').update(der).digest('base64');
  return {
    known: new Map([['record', {kind: 'key', key: key.publicKey}]]),
    async sign(statement) {
      const envelope = await signedWith(statement, (data) => key.sign(data));
      const verificationMaterial = {publicKey: {hint}};
      const bundle = {mediaType: bundleType, verificationMaterial, dsseEnvelope: envelopeJson(envelope)};
      return {envelope, bundle};
    },
  };
}

/** An envelope of an in-toto statement. Raises what `sign` raises. */
export async function signedWith(statement: Buffer, sign: SigningKey['sign']): Promise<Envelope> {
  const signature = await sign(preAuthEncoding(inTotoType, statement));
  return {payloadType: inTotoType, payload: statement, signatures: [signature]};
}
