// A sigstore instance of a test's own: certificate authority, logs and a time-stamp authority, with the trust root of all.
import {createHash, generateKeyPairSync, sign, type KeyObject} from 'node:crypto';
// not the whole package: that has every request of the process go through a library that answers in a server's place
import {initializeCA, initializeCTLog} from '@sigstore/mock/dist/fulcio/index.js';
import {initializeTLog} from '@sigstore/mock/dist/rekor/index.js';
import {initializeTSA} from '@sigstore/mock/dist/timestamp/index.js';
import type {Digest} from '../../src/lib/oci/digest.ts';
import {
  attachBundle,
  attachLayer,
  envelopeOf,
  simpleSigning,
  statementOf,
  type Attest,
} from './signatures.ts';
import type {TestSite} from './sites.ts';

export interface Holder {
  readonly issuer: string;
  readonly subject: string;
}

/** What shows when it was signed, besides the certificate. */
export type Witness = 'log' | 'timestamp' | 'none';

export interface SigstoreInstance {
  /** What `trust.root` holds; an instance without a log has time-stamps only. */
  trustedRoot(of?: {readonly log?: boolean}): string;
  /** When its authorities say that it is. */
  readonly now: Date;
  /** A certificate for a key, as its certificate authority answers with: PEM. */
  certify(publicKey: KeyObject, holder: Holder): Promise<string>;
  /** Writes what was signed into its log, and gives the entry as the log answers. */
  log(envelope: Envelope, certificate: Buffer): Promise<object>;
  /** A time-stamp over a SHA-256. */
  timestamp(hash: Buffer): Promise<Buffer>;
  /** Signs as `cosign sign` and `cosign attest` do without a key. */
  attest(site: TestSite, about: Digest, options: Keyless & Pick<Attest, 'type' | 'predicate'>): Promise<void>;
  /** The same in the form that cosign 2 keeps under its `.sig` tag. */
  signInTag(site: TestSite, about: Digest, holder: Holder): Promise<void>;
}

export interface Keyless {
  readonly holder: Holder;
  readonly witness?: Witness;
}

/** Fulcio's extensions for the issuer (fulcio, docs/oid-info.md). */
const issuerOid = '1.3.6.1.4.1.57264.1.8';

/** Starts it at a time: certificates last ten minutes from then. */
export async function sigstoreInstance(
  start = new Date(),
  base = 'https://rekor.example.com',
): Promise<SigstoreInstance> {
  // fractions of seconds that end in 0 are written by one library and not read by the other
  // and the authorities are as old as the moment they are made in, so nothing may be signed before it
  const clock = new Date(Math.floor(start.getTime() / 1000) * 1000 + 60_000);
  const pairs = [ecKeys(), ecKeys(), ecKeys(), ecKeys()] as const;
  const ctLog = await initializeCTLog(pairs[0], clock);
  const ca = await initializeCA(pairs[1], ctLog, clock);
  const tlog = await initializeTLog(base, pairs[2], clock);
  const tsa = await initializeTSA(pairs[3], clock);

  const certificateFor = async (publicKey: KeyObject, {issuer, subject}: Holder) =>
    Buffer.from(
      (await ca.issueCertificate({
        publicKey: publicKey.export({type: 'spki', format: 'der'}),
        subjectAltName: subject,
        extensions: [{oid: issuerOid, value: issuer}],
      })) as Buffer,
    );
  const certified = async (holder: Holder) => {
    const {publicKey, privateKey} = ecKeys();
    const certificate = await certificateFor(publicKey, holder);
    return {certificate, signWith: (data: Buffer) => sign('sha256', data, privateKey)};
  };
  const logged = async (entry: object) =>
    Object.values((await tlog.log(entry)) as Record<string, LogEntry>)[0]!;

  return {
    now: clock,
    certify: async (publicKey, holder) => pemOf(await certificateFor(publicKey, holder)),
    log: async (envelope, certificate) => (await tlog.log(dsseEntry(envelope, certificate))) as object,
    timestamp: (hash) => stampOf(tsa, hash),
    trustedRoot: ({log = true} = {}) =>
      JSON.stringify({
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        certificateAuthorities: [{uri: base, ...authority([ca.rootCertificate as Buffer])}],
        tlogs: log ? [logOf(tlog.publicKey, base)] : [],
        ctlogs: [logOf(ctLog.publicKey, base)],
        timestampAuthorities: [
          {
            uri: `${base}/api/v1/timestamp`,
            ...authority([tsa.intCertificate as Buffer, tsa.rootCertificate as Buffer]),
          },
        ],
      }),
    attest: async (site, about, {holder, witness = 'log', ...says}) => {
      const {certificate, signWith} = await certified(holder);
      const envelope = envelopeOf(statementOf(about, says), {sign: signWith}) as Envelope;
      const signature = Buffer.from(envelope.signatures[0].sig, 'base64');
      await attachBundle(site, about, {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          certificate: {rawBytes: certificate.toString('base64')},
          tlogEntries: witness === 'log' ? [bundleEntry(await logged(dsseEntry(envelope, certificate)))] : [],
          timestampVerificationData: {
            rfc3161Timestamps:
              witness === 'timestamp' ? [{signedTimestamp: await timestampOf(tsa, signature)}] : [],
          },
        },
        dsseEnvelope: envelope,
      });
    },
    signInTag: async (site, about, holder) => {
      const {certificate, signWith} = await certified(holder);
      const payload = Buffer.from(simpleSigning(about));
      const signature = signWith(payload).toString('base64');
      const {body, integratedTime, logIndex, logID, verification} = await logged(
        hashedEntry(payload, signature, certificate),
      );
      const annotations = {
        'dev.cosignproject.cosign/signature': signature,
        'dev.sigstore.cosign/certificate': pemOf(certificate),
        'dev.sigstore.cosign/bundle': JSON.stringify({
          SignedEntryTimestamp: verification?.signedEntryTimestamp,
          Payload: {body, integratedTime, logIndex, logID},
        }),
      };
      const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';
      await attachLayer(site, about, {
        layer: {bytes: payload, mediaType, annotations},
        form: 'tag',
        suffix: 'sig',
      });
    },
  };
}

export interface Envelope {
  readonly payload: string;
  readonly signatures: readonly [{readonly sig: string}];
}

function ecKeys(): {publicKey: KeyObject; privateKey: KeyObject} {
  return generateKeyPairSync('ec', {namedCurve: 'P-256'});
}

const validFor = {start: '2020-01-01T00:00:00Z'};

function authority(certificates: readonly Buffer[]): object {
  return {
    certChain: {certificates: certificates.map((one) => ({rawBytes: one.toString('base64')}))},
    validFor,
  };
}

function logOf(publicKey: Buffer, baseUrl: string): object {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {rawBytes: publicKey.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor},
    logId: {keyId: createHash('sha256').update(publicKey).digest('base64')},
  };
}

const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

const base64OfPem = (der: Buffer): string => Buffer.from(pemOf(der)).toString('base64');

function dsseEntry(envelope: Envelope, certificate: Buffer): object {
  const {payload, signatures} = envelope;
  const value = createHash('sha256').update(Buffer.from(payload, 'base64')).digest('hex');
  const whole = createHash('sha256').update(JSON.stringify(envelope)).digest('hex');
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: {algorithm: 'sha256', value: whole},
      payloadHash: {algorithm: 'sha256', value},
      signatures: [{signature: signatures[0].sig, verifier: base64OfPem(certificate)}],
    },
  };
}

function hashedEntry(payload: Buffer, signature: string, certificate: Buffer): object {
  const value = createHash('sha256').update(payload).digest('hex');
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: {hash: {algorithm: 'sha256', value}},
      signature: {content: signature, publicKey: {content: base64OfPem(certificate)}},
    },
  };
}

interface LogEntry {
  readonly body?: unknown;
  readonly integratedTime: number;
  readonly logIndex: number;
  readonly logID: string;
  readonly verification?: {
    readonly signedEntryTimestamp?: string;
    readonly inclusionProof?: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly checkpoint: string;
    };
  };
}

function bundleEntry({body, integratedTime, logIndex, logID, verification}: LogEntry): object {
  const {kind, apiVersion} = JSON.parse(Buffer.from(body as string, 'base64').toString()) as Record<
    string,
    string
  >;
  const proof = verification!.inclusionProof!;
  return {
    logIndex: String(logIndex),
    logId: {keyId: Buffer.from(logID, 'hex').toString('base64')},
    kindVersion: {kind, version: apiVersion},
    integratedTime: String(integratedTime),
    inclusionPromise: {signedEntryTimestamp: verification!.signedEntryTimestamp},
    inclusionProof: {
      logIndex: String(proof.logIndex),
      treeSize: String(proof.treeSize),
      rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
      hashes: [],
      checkpoint: {envelope: proof.checkpoint},
    },
    canonicalizedBody: body,
  };
}

async function timestampOf(
  tsa: Awaited<ReturnType<typeof initializeTSA>>,
  signature: Buffer,
): Promise<string> {
  return (await stampOf(tsa, createHash('sha256').update(signature).digest())).toString('base64');
}

async function stampOf(
  tsa: Awaited<ReturnType<typeof initializeTSA>>,
  artifactHash: Buffer,
): Promise<Buffer> {
  const timestamp = await tsa.timestamp({
    artifactHash,
    hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
    nonce: 1,
    policyOID: '1.3.6.1.4.1.57264.2',
  });
  return Buffer.from(timestamp as Buffer);
}
