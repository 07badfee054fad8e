import {envelopeJson, inTotoType, type Envelope} from '../evidence/dsse.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {digestOf} from '../oci/digest.ts';
import {parseManifest, type Manifest} from '../oci/manifest.ts';
import {mediaTypes} from '../oci/media-types.ts';
import {promotionPredicate} from './promotion.ts';
import {bundleType} from './signer.ts';

/** A record as it is written to a registry: the same bytes at every destination. */
export interface Artifact {
  readonly manifest: Manifest;
  readonly blobs: readonly {readonly node: Descriptor; readonly bytes: Buffer}[];
}

/** A signed record as a sigstore bundle that refers to the image: what cosign 2 and 3 look for. */
export function bundleArtifact(bundle: object, subject: Descriptor): Artifact {
  return referrer(bundleType, Buffer.from(JSON.stringify(bundle)), subject, {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': promotionPredicate,
  });
}

/** A record that nobody signed: it tells, and proves nothing. */
export const unsignedArtifact = (statement: Buffer, subject: Descriptor): Artifact =>
  referrer(inTotoType, statement, subject, {'in-toto.io/predicate-type': promotionPredicate});

/** A manifest with one layer that refers to another (image-spec, manifest.md §Guidelines for Artifact Usage). */
function referrer(
  type: string,
  content: Buffer,
  {mediaType, digest, size}: Descriptor,
  annotations: Readonly<Record<string, string>>,
): Artifact {
  const config = blob('application/vnd.oci.empty.v1+json', Buffer.from('{}'));
  const layer = blob(type, content);
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: type,
    config: config.node,
    layers: [layer.node],
    subject: {mediaType, digest, size},
    annotations,
  };
  return {manifest: manifestOf(document), blobs: [config, layer]};
}

/** The layer's type and annotations as cosign 2 writes them (cosign, specs/SIGNATURE_SPEC.md). */
const envelopeType = 'application/vnd.dsse.envelope.v1+json';

/** What stands under cosign's `.att` tag, if anything, with a signed record more. */
export function attestationTagArtifact(envelope: Envelope, before?: Manifest): Artifact {
  const layer = blob(envelopeType, Buffer.from(JSON.stringify(envelopeJson(envelope))));
  const annotations = {'dev.cosignproject.cosign/signature': '', predicateType: promotionPredicate};
  const layers = [...layersOf(before), {...layer.node, annotations}];
  const config = blob('application/vnd.oci.image.config.v1+json', imageConfig(layers));
  const document = {schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: config.node, layers};
  return {manifest: manifestOf(document), blobs: [config, layer]};
}

type Layer = Pick<Descriptor, 'digest'>;

function layersOf(manifest: Manifest | undefined): Layer[] {
  if (manifest === undefined) return [];
  return (JSON.parse(manifest.bytes.toString('utf8')) as {layers?: Layer[]}).layers ?? [];
}

function imageConfig(layers: readonly Layer[]): Buffer {
  const rootfs = {type: 'layers', diff_ids: layers.map(({digest}) => digest)};
  return Buffer.from(JSON.stringify({architecture: '', os: '', config: {}, rootfs}));
}

function blob(mediaType: string, bytes: Buffer): {node: Descriptor; bytes: Buffer} {
  return {node: {mediaType, digest: digestOf(bytes), size: bytes.length}, bytes};
}

function manifestOf(document: object): Manifest {
  const bytes = Buffer.from(JSON.stringify(document));
  return parseManifest(bytes, digestOf(bytes), mediaTypes.ociManifest);
}
