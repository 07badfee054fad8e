import {isRecord} from '../is-record.ts';
import {decodeBase64} from './base64.ts';

/** A payload with signatures over it and its type (DSSE, envelope.md). */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly Buffer[];
}

/** The payload type of in-toto statements (in-toto attestation, envelope.md). */
export const inTotoType = 'application/vnd.in-toto+json';

/** What a signature of an envelope is over: type and payload, each with its length (DSSE, protocol.md §Signature Definition). */
export function preAuthEncoding(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}

/** Reads an envelope in its JSON form; undefined for what is none. */
export function envelopeIn(document: unknown): Envelope | undefined {
  if (!isRecord(document) || typeof document.payloadType !== 'string') return undefined;
  const payload = decodeBase64(document.payload);
  const entries: unknown[] = Array.isArray(document.signatures) ? document.signatures : [];
  const signatures = entries.flatMap((entry) => (isRecord(entry) ? (decodeBase64(entry.sig) ?? []) : []));
  if (payload === undefined || signatures.length === 0) return undefined;
  return {payloadType: document.payloadType, payload, signatures};
}

/** The envelope in its JSON form. */
export function envelopeJson({payloadType, payload, signatures}: Envelope): object {
  return {
    payload: payload.toString('base64'),
    payloadType,
    signatures: signatures.map((sig) => ({sig: sig.toString('base64')})),
  };
}
