import {createHash} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import {tarOf} from './tar.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {digestOf} from '../oci/digest.ts';
import {mediaTypes} from '../oci/media-types.ts';

/** A piece of content with what a manifest says of it. */
export interface SampleContent extends Descriptor {
  readonly bytes: Buffer;
}

/** An image as a registry holds it; each piece once, children before parents. */
export interface SampleImage {
  readonly blobs: readonly SampleContent[];
  /** The last one is the index. */
  readonly manifests: readonly SampleContent[];
  readonly index: SampleContent;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const configType = 'application/vnd.oci.image.config.v1+json';
const statementType = 'application/vnd.in-toto+json';

/** An image for two platforms that share a layer, with a build attestation for each, as a build with BuildKit leaves it. */
export function sampleImage(): SampleImage {
  const base = layer('usr/share/sample/base', filler('base', 400_000));
  const images = ['amd64', 'arm64'].map((architecture) => platformImage(architecture, base));
  const index = json(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: images.flatMap(({image, attestation, architecture}) => [
      {...descriptorOf(image), platform: {architecture, os: 'linux'}},
      {
        ...descriptorOf(attestation),
        annotations: {
          'vnd.docker.reference.digest': image.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
        platform: {architecture: 'unknown', os: 'unknown'},
      },
    ]),
  });
  return {
    blobs: [base.content, ...images.flatMap(({blobs}) => blobs)],
    manifests: [...images.flatMap(({image, attestation}) => [image, attestation]), index],
    index,
  };
}

interface Layer {
  readonly content: SampleContent;
  /** The digest of the archive before compression (image-spec, config.md §Layer DiffID). */
  readonly diffId: string;
}

function platformImage(architecture: string, base: Layer) {
  const own = layer('usr/bin/sample', filler(architecture, 150_000));
  const config = json(configType, {
    architecture,
    os: 'linux',
    config: {Env: ['PATH=/usr/bin'], Cmd: ['/usr/bin/sample']},
    rootfs: {type: 'layers', diff_ids: [base.diffId, own.diffId]},
  });
  const image = manifestOf(config, [base.content, own.content]);
  const statement = json(statementType, {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    subject: [{name: 'app', digest: {sha256: image.digest.slice('sha256:'.length)}}],
    predicate: {builder: {id: 'corectl sandbox'}},
  });
  const empty = json(configType, {
    architecture: 'unknown',
    os: 'unknown',
    rootfs: {type: 'layers', diff_ids: [statement.digest]},
  });
  const attestation = manifestOf(empty, [statement]);
  return {architecture, image, attestation, blobs: [own.content, config, statement, empty]};
}

function manifestOf(config: SampleContent, layers: readonly SampleContent[]): SampleContent {
  return json(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  });
}

function layer(name: string, file: Buffer): Layer {
  const archive = tarOf(name, file);
  return {content: contentOf(layerType, gzipSync(archive, {level: 1})), diffId: digestOf(archive)};
}

/** Bytes that look random, so that they do not compress away, and are the same in every sandbox. */
function filler(seed: string, length: number): Buffer {
  return createHash('shake256', {outputLength: length}).update(seed).digest();
}

function json(mediaType: string, value: unknown): SampleContent {
  return contentOf(mediaType, Buffer.from(JSON.stringify(value)));
}

function contentOf(mediaType: string, bytes: Buffer): SampleContent {
  return {mediaType, digest: digestOf(bytes), size: bytes.length, bytes};
}

const descriptorOf = ({mediaType, digest, size}: SampleContent) => ({mediaType, digest, size});
