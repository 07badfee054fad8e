import {createCipheriv, createHash} from 'node:crypto';

export interface ImageShape {
  readonly platforms: readonly string[];
  readonly layers: number;
  /** Of each layer, in bytes. */
  readonly layerSize: number;
  /** Images of different seeds have no blob in common. */
  readonly seed?: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** Pushes a multi-platform image of incompressible layers, the same at every run, and returns its digest. */
export async function pushImage(repository: URL, tag: string, shape: ImageShape): Promise<string> {
  const manifests: Descriptor[] = [];
  for (const architecture of shape.platforms)
    manifests.push(await pushPlatform(repository, architecture, shape));
  const index = json({schemaVersion: 2, mediaType: types.index, manifests});
  return (await pushManifest(repository, tag, types.index, index)).digest;
}

/** The digest that a tag names, or undefined. */
export async function digestOf(repository: URL, tag: string): Promise<string | undefined> {
  const answer = await fetch(`${repository.href}/manifests/${tag}`, {
    method: 'HEAD',
    headers: {accept: types.index},
  });
  return answer.headers.get('docker-content-digest') ?? undefined;
}

async function pushPlatform(repository: URL, architecture: string, shape: ImageShape): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  const seed = `${shape.seed ?? ''}${architecture}`;
  for (let number = 0; number < shape.layers; number++) {
    layers.push(await pushBlob(repository, types.layer, noise(`${seed}-${number}`, shape.layerSize)));
  }
  const diff_ids = layers.map((layer) => layer.digest);
  const rootfs = {type: 'layers', diff_ids};
  const config = await pushBlob(repository, types.config, json({architecture, os: 'linux', rootfs}));
  const manifest = json({schemaVersion: 2, mediaType: types.manifest, config, layers});
  const descriptor = await pushManifest(repository, sha256(manifest), types.manifest, manifest);
  return {...descriptor, platform: {architecture, os: 'linux'}} as Descriptor;
}

async function pushBlob(repository: URL, mediaType: string, data: Buffer<ArrayBuffer>): Promise<Descriptor> {
  const digest = sha256(data);
  const session = await fetch(`${repository.href}/blobs/uploads/`, {method: 'POST'});
  const location = new URL(session.headers.get('location') ?? '', repository);
  location.searchParams.set('digest', digest);
  const headers = {'content-type': 'application/octet-stream'};
  const done = await fetch(location, {method: 'PUT', body: data, headers});
  if (done.status !== 201) throw new Error(`upload to ${repository.href}: ${done.status}`);
  return {mediaType, digest, size: data.length};
}

async function pushManifest(
  repository: URL,
  reference: string,
  mediaType: string,
  body: Buffer<ArrayBuffer>,
): Promise<Descriptor> {
  const headers = {'content-type': mediaType};
  const done = await fetch(`${repository.href}/manifests/${reference}`, {method: 'PUT', body, headers});
  if (done.status !== 201) throw new Error(`manifest to ${repository.href}: ${done.status}`);
  return {mediaType, digest: sha256(body), size: body.length};
}

/** Bytes that look random and are the same for the same seed: a cipher's output over zeros. */
function noise(seed: string, size: number): Buffer<ArrayBuffer> {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return Buffer.from(cipher.update(Buffer.alloc(size)));
}

function sha256(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

function json(value: unknown): Buffer<ArrayBuffer> {
  return Buffer.from(JSON.stringify(value));
}
