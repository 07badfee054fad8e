import pLimit from 'p-limit';
import type {Via} from '../../credentials/service.ts';
import type {CertificateVerifier} from '../../evidence/certificates.ts';
import {envelopeJson, inTotoType, preAuthEncoding, type Envelope} from '../../evidence/dsse.ts';
import {bundleType, signedWith, type RecordSigner} from '../signer.ts';
import {signingFailed} from './answers.ts';
import {certifiedFor, type Certified} from './certificate.ts';
import {logged} from './log-entry.ts';
import type {SigningServices} from './services.ts';
import {timeStamped} from './time-stamp.ts';

export interface KeylessOptions extends Pick<RecordSigner, 'known'> {
  readonly services: SigningServices;
  /** By the trust root that names the services. */
  readonly verifier: CertificateVerifier;
  /** Says who the pipeline is; asked for when the first statement is signed. */
  readonly token: () => Promise<string>;
  readonly via: Via;
}

/** Statements that a log is given together. */
const atOnce = 4;

/**
 * Signs with a key that is certified for the pipeline and thrown away: one certificate for all that a run records. What comes
 * out is verified as whoever reads it later does.
 */
export function keylessSigner({services, verifier, token, via, known}: KeylessOptions): RecordSigner {
  let holder: Promise<Certified> | undefined;
  const limit = pLimit(atOnce);
  const certify = async () => certifiedFor(services.authority, await token(), via);
  const sign = async (statement: Buffer) => {
    const certified = await (holder ??= certify());
    const {certificate} = certified;
    const envelope = await signedWith(statement, (data) => certified.sign(data));
    const witnesses = await witnessed({envelope, certificate}, services, via);
    const bundle = {
      mediaType: bundleType,
      verificationMaterial: {certificate: {rawBytes: certificate.raw.toString('base64')}, ...witnesses},
      dsseEnvelope: envelopeJson(envelope),
    };
    const shown = verifier.holderOf(bundle, preAuthEncoding(inTotoType, statement));
    if (typeof shown === 'string') throw signingFailed(`p2p.trust.root does not verify it: ${shown}`);
    return {envelope, bundle};
  };
  return {known, sign: (statement) => limit(() => sign(statement))};
}

/** What shows that it was signed while the certificate was valid. */
async function witnessed(
  signed: Pick<Certified, 'certificate'> & {readonly envelope: Envelope},
  {log, timestamps}: SigningServices,
  via: Via,
): Promise<object> {
  if (log !== undefined) return {tlogEntries: [await logged(log, signed, via)]};
  const [signature] = signed.envelope.signatures;
  if (timestamps === undefined || signature === undefined) return {};
  const rfc3161Timestamps = [await timeStamped(timestamps, signature, via)];
  return {timestampVerificationData: {rfc3161Timestamps}};
}
