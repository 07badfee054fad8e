import {createHash} from 'node:crypto';
import {isRecord} from '../is-record.ts';
import {decodeBase64} from './base64.ts';
import {envelopeJson, type Envelope} from './dsse.ts';
import {parseJson} from '../json.ts';

type Content = {readonly payload: Buffer; readonly signature: Buffer} | {readonly envelope: Envelope};

type Annotations = Readonly<Record<string, string>>;

/**
 * What cosign keeps in the annotations of a layer (certificate, log entry, timestamp: cosign, specs/SIGNATURE_SPEC.md) as a
 * sigstore bundle of version 0.1 in its JSON form; undefined where there is no certificate.
 */
export function bundleOfAnnotations(annotations: Annotations, content: Content): object | undefined {
  const certificate = derOf(annotations['dev.sigstore.cosign/certificate']);
  if (certificate === undefined) return undefined;
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      x509CertificateChain: {certificates: [{rawBytes: certificate}]},
      tlogEntries: logEntries(annotations['dev.sigstore.cosign/bundle']),
      timestampVerificationData: {
        rfc3161Timestamps: timestamps(annotations['dev.sigstore.cosign/rfc3161timestamp']),
      },
    },
    ...('envelope' in content
      ? {dsseEnvelope: envelopeJson(content.envelope)}
      : {messageSignature: messageSignature(content)}),
  };
}

/** The first certificate of a PEM text, in base64. */
function derOf(pem: string | undefined): string | undefined {
  const found = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem ?? '');
  return found?.[1]?.replace(/\s/g, '');
}

function logEntries(text: string | undefined): object[] {
  const document = text === undefined ? undefined : parseJson(text);
  const entry = isRecord(document) && isRecord(document.Payload) ? document.Payload : undefined;
  if (!isRecord(document) || entry === undefined) return [];
  const body = decodeBase64(entry.body);
  const kind = body && parseJson(body);
  const {logIndex, integratedTime, logID} = entry;
  if (!isRecord(kind) || typeof logID !== 'string') return [];
  if (typeof logIndex !== 'number' || typeof integratedTime !== 'number') return [];
  return [
    {
      logIndex: String(logIndex),
      logId: {keyId: Buffer.from(logID, 'hex').toString('base64')},
      kindVersion: {kind: kind.kind, version: kind.apiVersion},
      integratedTime: String(integratedTime),
      inclusionPromise: {signedEntryTimestamp: document.SignedEntryTimestamp},
      canonicalizedBody: entry.body,
    },
  ];
}

function timestamps(text: string | undefined): object[] {
  const document = text === undefined ? undefined : parseJson(text);
  const signedTimestamp = isRecord(document) ? document.SignedRFC3161Timestamp : undefined;
  return typeof signedTimestamp === 'string' ? [{signedTimestamp}] : [];
}

function messageSignature({payload, signature}: {payload: Buffer; signature: Buffer}): object {
  const digest = createHash('sha256').update(payload).digest('base64');
  return {messageDigest: {algorithm: 'SHA2_256', digest}, signature: signature.toString('base64')};
}
