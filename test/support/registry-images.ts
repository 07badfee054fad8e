// Images put straight into a registry's storage, without HTTP and without the checks that a push has to pass.
import {createHash} from 'node:crypto';
import type {Descriptor} from '../../src/lib/oci/descriptor.ts';
import {digestOf, type Digest} from '../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import type {Storage} from '../../src/lib/registry/storage.ts';

/** A registry, or whatever else has a storage. */
export interface Stored {
  readonly storage: Storage;
}

export interface PushedManifest extends Omit<Descriptor, 'platform'> {
  readonly bytes: Buffer;
  readonly document: Record<string, unknown>;
  /** Config and layers of this manifest and everything below it. */
  readonly blobs: readonly Descriptor[];
  /** The manifests of an index, one level down. */
  readonly children: readonly PushedManifest[];
}

export interface ImageOptions {
  readonly layers?: number;
  /** Bytes. */
  readonly layerSize?: number;
  /** The same seed and sizes make the same bytes. */
  readonly seed?: string | number;
  readonly docker?: boolean;
  /** The manifest is indented and ends in a newline, as some tools push it. */
  readonly pretty?: boolean;
  readonly architecture?: string;
  /** When it was built, as its config says. */
  readonly created?: string;
  readonly annotations?: Record<string, string>;
  readonly subject?: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;
  readonly artifactType?: string;
  /** The first layer stands there a second time. */
  readonly duplicateLayer?: boolean;
  /** One more layer, of no bytes at all. */
  readonly emptyLayer?: boolean;
  /** One more layer, which is elsewhere and not in the registry. */
  readonly foreignLayer?: boolean;
  /** The blobs are in the manifest but not in the registry. */
  readonly missing?: 'layer' | 'config';
  readonly algorithm?: 'sha256' | 'sha512';
  /** More layers, which are in the storage already (`generatedBlob`). */
  readonly moreLayers?: readonly Pick<Descriptor, 'digest' | 'size'>[];
}

export interface IndexOptions extends ImageOptions {
  /** `linux/amd64`, `linux/arm64` unless told otherwise. */
  readonly platforms?: readonly string[];
  /** One more child, as buildx adds them: unknown/unknown, referring to the first. */
  readonly attestation?: boolean;
  /** Levels of indexes around the images, each with one child. */
  readonly nested?: number;
  /** More children. */
  readonly children?: readonly PushedManifest[];
  /** The last child is in the index but not in the registry. */
  readonly sparse?: boolean;
}

/** Bytes that depend on the seed alone. */
export function seededBytes(size: number, seed: string | number): Buffer {
  if (size === 0) return Buffer.alloc(0);
  return createHash('shake256', {outputLength: size}).update(String(seed)).digest();
}

/** Puts a blob into the repository. */
export async function pushBlob(
  {storage}: Stored,
  repository: string,
  bytes: Uint8Array,
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Promise<Pick<Descriptor, 'digest' | 'size'>> {
  const digest = digestOf(bytes, algorithm);
  const writer = await storage.writer();
  await writer.append(bytes);
  await new RepositoryStore(storage, repository).commitBlob(writer, digest);
  return {digest, size: bytes.length};
}

export interface ManifestOptions extends Pick<ImageOptions, 'pretty' | 'algorithm'> {
  readonly mediaType: string;
  readonly blobs?: readonly Descriptor[];
  readonly children?: readonly PushedManifest[];
}

/** Puts a manifest into the repository, whatever it says, and points the tag to it. */
export async function pushManifest(
  {storage}: Stored,
  repository: string,
  tag: string | undefined,
  document: Record<string, unknown>,
  {mediaType, pretty = false, algorithm, blobs = [], children = []}: ManifestOptions,
): Promise<PushedManifest> {
  const bytes = Buffer.from(pretty ? `${JSON.stringify(document, null, 3)}\n` : JSON.stringify(document));
  const store = new RepositoryStore(storage, repository);
  const {digest} = await store.putManifest(bytes, mediaType, digestOf(bytes, algorithm));
  if (tag !== undefined) await store.tag(tag, digest);
  return {digest, mediaType, size: bytes.length, bytes, document, blobs, children};
}

/** An image of one platform. */
export async function pushImage(
  registry: Stored,
  repository: string,
  tag?: string,
  options: ImageOptions = {},
): Promise<PushedManifest> {
  const {layers = 3, layerSize = 20_000, seed = 0, docker = false, architecture = 'amd64'} = options;
  const contents = Array.from({length: layers}, (_, at) => seededBytes(layerSize, `${seed}-${at}`));
  const put = async (bytes: Buffer, mediaType: string, absent = false): Promise<Descriptor> => ({
    mediaType,
    ...(absent
      ? {digest: digestOf(bytes, options.algorithm), size: bytes.length}
      : await pushBlob(registry, repository, bytes, options.algorithm)),
  });
  const layerType = docker
    ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    : 'application/vnd.oci.image.layer.v1.tar+gzip';
  const listed: Descriptor[] = [];
  for (const [at, bytes] of contents.entries()) {
    listed.push(await put(bytes, layerType, options.missing === 'layer' && at === contents.length - 1));
  }
  if (options.duplicateLayer && listed[0]) listed.push(listed[0]);
  if (options.emptyLayer) listed.push(await put(Buffer.alloc(0), layerType));
  listed.push(...(options.moreLayers ?? []).map(({digest, size}) => ({mediaType: layerType, digest, size})));
  const pushedLayers = [...listed];
  if (options.foreignLayer) listed.push(foreignLayer(docker, seed));
  const configDocument = {
    architecture,
    os: 'linux',
    rootfs: {type: 'layers', diff_ids: contents.map((bytes) => digestOf(bytes))},
    seed: String(seed),
    ...(options.created !== undefined && {created: options.created}),
  };
  const config = await put(
    Buffer.from(JSON.stringify(configDocument)),
    docker ? 'application/vnd.docker.container.image.v1+json' : 'application/vnd.oci.image.config.v1+json',
    options.missing === 'config',
  );
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const document = {
    schemaVersion: 2,
    mediaType,
    ...(options.artifactType !== undefined && {artifactType: options.artifactType}),
    config,
    layers: listed,
    ...parts(options),
  };
  return pushManifest(registry, repository, tag, document, {
    ...manifestOptions(options),
    mediaType,
    blobs: [config, ...pushedLayers],
  });
}

/** An index of images of several platforms. */
export async function pushIndex(
  registry: Stored,
  repository: string,
  tag?: string,
  options: IndexOptions = {},
): Promise<PushedManifest> {
  const {platforms = ['linux/amd64', 'linux/arm64'], seed = 0, docker = false, nested = 0} = options;
  // these are the index's own
  const own = ['subject', 'annotations'];
  const ofImages = Object.fromEntries(
    Object.entries(options).filter(([key]) => !own.includes(key)),
  ) as ImageOptions;
  const listed: Record<string, unknown>[] = [];
  const children: PushedManifest[] = [];
  const list = (child: PushedManifest, more: Record<string, unknown>): void => {
    children.push(child);
    listed.push({mediaType: child.mediaType, digest: child.digest, size: child.size, ...more});
  };
  for (const platform of platforms) {
    const [os = '', architecture = '', variant] = platform.split('/');
    const child = await pushImage(registry, repository, undefined, {
      ...ofImages,
      seed: `${seed}-${platform}`,
      architecture,
    });
    list(child, {platform: {architecture, os, ...(variant !== undefined && {variant})}});
  }
  if (options.attestation)
    list(await pushAttestation(registry, repository, seed), attestationParts(children[0]));
  for (const child of options.children ?? []) list(child, {});
  const last = children.at(-1);
  if (options.sparse && last)
    await new RepositoryStore(registry.storage, repository).deleteManifest(last.digest);
  const mediaType = docker ? mediaTypes.dockerList : mediaTypes.ociIndex;
  const index = await pushManifest(
    registry,
    repository,
    nested > 0 ? undefined : tag,
    {schemaVersion: 2, mediaType, manifests: listed, ...parts(options)},
    {...manifestOptions(options), mediaType, children, blobs: children.flatMap(({blobs}) => blobs)},
  );
  if (nested === 0) return index;
  return pushIndex(registry, repository, tag, {platforms: [], children: [index], nested: nested - 1});
}

export interface ArtifactOptions extends Pick<ImageOptions, 'subject' | 'annotations' | 'pretty' | 'seed'> {
  readonly artifactType?: string;
  /** None unless told otherwise: the manifest then lists the empty descriptor. */
  readonly layers?: number;
}

/** An artifact as image-spec §Guidelines for Artifact Usage makes them: the config is `{}`. */
export async function pushArtifact(
  registry: Stored,
  repository: string,
  tag?: string,
  options: ArtifactOptions = {},
): Promise<PushedManifest> {
  const {artifactType = 'application/vnd.example.sbom', layers = 0, seed = 'artifact'} = options;
  const nothing = {
    mediaType: 'application/vnd.oci.empty.v1+json',
    ...(await pushBlob(registry, repository, Buffer.from('{}'))),
  };
  const contents: Descriptor[] = [];
  for (let at = 0; at < layers; at++) {
    const blob = await pushBlob(registry, repository, seededBytes(1000, `${seed}-${at}`));
    contents.push({mediaType: 'application/octet-stream', ...blob});
  }
  const listed = layers === 0 ? [nothing] : contents;
  const mediaType = mediaTypes.ociManifest;
  const document = {
    schemaVersion: 2,
    mediaType,
    artifactType,
    config: nothing,
    layers: listed,
    ...parts(options),
  };
  return pushManifest(registry, repository, tag, document, {
    ...manifestOptions(options),
    mediaType,
    blobs: [nothing, ...contents],
  });
}

/** A manifest as `subject` wants it. */
export const asSubject = ({
  mediaType,
  digest,
  size,
}: Descriptor): Pick<Descriptor, 'mediaType' | 'digest' | 'size'> => ({
  mediaType,
  digest,
  size,
});

/** The digest under a tag, or nothing. */
export async function tagged(
  {storage}: Stored,
  repository: string,
  tag: string,
): Promise<Digest | undefined> {
  return new RepositoryStore(storage, repository).tagged(tag);
}

function manifestOptions({
  pretty,
  algorithm,
}: Pick<ImageOptions, 'pretty' | 'algorithm'>): Pick<ImageOptions, 'pretty' | 'algorithm'> {
  return {...(pretty !== undefined && {pretty}), ...(algorithm && {algorithm})};
}

function parts({
  subject,
  annotations,
}: Pick<ImageOptions, 'subject' | 'annotations'>): Record<string, unknown> {
  return {...(subject && {subject: asSubject(subject)}), ...(annotations && {annotations})};
}

function foreignLayer(docker: boolean, seed: string | number): Descriptor & {urls: string[]} {
  return {
    mediaType: docker
      ? 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
      : 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    digest: digestOf(Buffer.from(`foreign-${seed}`)),
    size: 4096,
    urls: ['https://layers.example.com/foreign'],
  };
}

async function pushAttestation(
  registry: Stored,
  repository: string,
  seed: string | number,
): Promise<PushedManifest> {
  return pushImage(registry, repository, undefined, {layers: 1, layerSize: 500, seed: `${seed}-attestation`});
}

function attestationParts(of: PushedManifest | undefined): Record<string, unknown> {
  return {
    platform: {architecture: 'unknown', os: 'unknown'},
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      ...(of && {'vnd.docker.reference.digest': of.digest}),
    },
  };
}
