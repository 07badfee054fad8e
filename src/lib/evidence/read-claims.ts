import pLimit from 'p-limit';
import type {Descriptor} from '../oci/descriptor.ts';
import {isRecord} from '../is-record.ts';
import type {Digest} from '../oci/digest.ts';
import {bundleOfAnnotations} from './cosign-annotations.ts';
import type {Attached} from './attached.ts';
import type {Claim, Claims} from './claim.ts';
import {envelopeIn, envelopeJson, inTotoType, preAuthEncoding, type Envelope} from './dsse.ts';
import {decodeBase64} from './base64.ts';
import {parseJson} from '../json.ts';
import {simplySigned} from './simple-signing.ts';
import {statementIn} from './statement.ts';

/** Reads a blob as a whole; rejects when it is not what its descriptor says. */
export type ReadBlob = (node: Descriptor) => Promise<Buffer>;

/** Bytes of one payload: an SBOM of a large image has some ten million. */
const payloadLimit = 64 * 1024 * 1024;

/**
 * Bytes of all payloads of one image together, as they are kept until it is judged: two of the largest. Whoever may push may
 * attach a thousand.
 */
const payloadsLimit = 2 * payloadLimit;

/** Blobs of one image that are read together. */
const blobsAtOnce = 8;

/** Media types of layers that hold what is signed, and how each is read. */
const readers: Readonly<Record<string, (content: Buffer, layer: Layer) => Claim | undefined>> = {
  'application/vnd.dev.cosign.simplesigning.v1+json': simpleSigning,
  'application/vnd.dsse.envelope.v1+json': envelope,
  'application/vnd.in-toto+json': bareStatement,
  'application/vnd.dev.sigstore.bundle.v0.3+json': bundle,
  'application/vnd.dev.sigstore.bundle+json': bundle,
};

interface Layer {
  readonly manifest: Digest;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Opens every manifest that is attached and reads what is signed in it: what a list says of a manifest is not relied upon, as
 * some lists say nothing. Forms of others are passed over; a form of ours that cannot be read is told. The smallest come
 * first, so that large ones keep nothing else from being read.
 */
export async function readClaims(attached: readonly Attached[], readBlob: ReadBlob): Promise<Claims> {
  const limit = pLimit(blobsAtOnce);
  const layers = attached.flatMap(({manifest}) =>
    manifest.blobs
      .filter(({mediaType}) => Object.hasOwn(readers, mediaType))
      .map((node) => ({node, manifest: manifest.descriptor.digest})),
  );
  let bytes = 0;
  const inOrder = layers.sort((one, other) => one.node.size - other.node.size);
  const found = await Promise.all(
    inOrder.map(async (layer) => {
      const {node, manifest} = layer;
      if (node.size > payloadLimit) return `${manifest}: larger than ${payloadLimit} bytes`;
      bytes += node.size;
      if (bytes > payloadsLimit) return `${manifest}: what is attached is larger than ${payloadsLimit} bytes`;
      return limit(() => readLayer(layer, readBlob));
    }),
  );
  return {
    claims: found.filter((one) => typeof one !== 'string'),
    unreadable: found.filter((one) => typeof one === 'string'),
  };
}

async function readLayer(
  {node, manifest}: {node: Descriptor; manifest: Digest},
  readBlob: ReadBlob,
): Promise<Claim | string> {
  const content = await readBlob(node);
  const claim = readers[node.mediaType]?.(content, {manifest, annotations: node.annotations ?? {}});
  return claim ?? `${manifest}: not what its media type ${node.mediaType} promises`;
}

/** The annotation that holds a signature in base64 (cosign, specs/SIGNATURE_SPEC.md). */
const signatureAnnotation = 'dev.cosignproject.cosign/signature';

function simpleSigning(payload: Buffer, {manifest, annotations}: Layer): Claim | undefined {
  const digest = simplySigned(payload);
  const signature = decodeBase64(annotations[signatureAnnotation]);
  if (digest === undefined || signature === undefined) return undefined;
  return {
    manifest,
    says: {kind: 'signature', digest},
    signed: payload,
    signatures: [signature],
    bundle: bundleOfAnnotations(annotations, {payload, signature}),
  };
}

function envelope(content: Buffer, {manifest, annotations}: Layer): Claim | undefined {
  const read = envelopeIn(parseJson(content));
  return read && claimOf(read, manifest, bundleOfAnnotations(annotations, {envelope: read}));
}

/** A statement that nobody signed, as build tools attach them; some put an envelope there. */
function bareStatement(content: Buffer, layer: Layer): Claim | undefined {
  const statement = statementIn(content);
  if (statement === undefined) return envelope(content, layer);
  return {manifest: layer.manifest, says: {kind: 'statement', ...statement}, signed: content, signatures: []};
}

function bundle(content: Buffer, {manifest}: Layer): Claim | undefined {
  const document = parseJson(content);
  if (!isRecord(document)) return undefined;
  const read = envelopeIn(document.dsseEnvelope);
  return read && claimOf(read, manifest, certifiedBundle(document, read));
}

/** The bundle with nothing in it but what was read here, so that what is verified is what was read. */
function certifiedBundle(
  {mediaType, verificationMaterial}: Record<string, unknown>,
  read: Envelope,
): object | undefined {
  const certified =
    isRecord(verificationMaterial) &&
    ('certificate' in verificationMaterial || 'x509CertificateChain' in verificationMaterial);
  return certified ? {mediaType, verificationMaterial, dsseEnvelope: envelopeJson(read)} : undefined;
}

function claimOf(
  {payloadType, payload, signatures}: Envelope,
  manifest: Digest,
  asBundle: object | undefined,
): Claim | undefined {
  const statement = payloadType === inTotoType ? statementIn(payload) : undefined;
  if (statement === undefined) return undefined;
  return {
    manifest,
    says: {kind: 'statement', ...statement},
    signed: preAuthEncoding(payloadType, payload),
    signatures,
    bundle: asBundle,
  };
}
