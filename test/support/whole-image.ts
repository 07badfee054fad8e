// An image that other tools find nothing wrong with, and all that may belong to one, put into a registry over HTTP.
import {gzipSync} from 'node:zlib';
import type {Descriptor} from '../../src/lib/oci/descriptor.ts';
import {digestOf, type Digest} from '../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {sampleImage} from '../../src/lib/sandbox/sample-image.ts';
import {tarOf} from '../../src/lib/sandbox/tar.ts';
import {send, upload} from './registry-client.ts';

export interface PushedImage {
  /** What the tag points to. */
  readonly index: Digest;
  /** The manifests of its platforms. */
  readonly platforms: readonly Digest[];
  /** All manifests: the index, its children, and whatever belongs to them. */
  readonly manifests: readonly Digest[];
  /** All configs and layers. */
  readonly blobs: readonly Digest[];
  /** What refers to which manifest by its subject, told by artifact types. */
  readonly referrers: ReadonlyMap<Digest, readonly string[]>;
  /** The tag of the signature. */
  readonly signature?: string;
}

interface Content extends Descriptor {
  readonly bytes: Buffer;
}

/**
 * Pushes to the repository at `http://host/v2/path`: an index of two platforms with a build attestation for each; an SBOM of
 * the index, a signature of that SBOM and an SBOM of one platform as referrers; a signature of the index under cosign's tag.
 */
export async function pushWholeImage(repository: string, tag: string): Promise<PushedImage> {
  const {manifests, index} = sampleImage();
  const pushed = await pushSample(repository, tag);
  const platform = manifests[0]!;
  const sbom = await pushed.artifact('application/vnd.example.sbom', index);
  await pushed.artifact('application/vnd.example.signature', sbom);
  await pushed.artifact('application/vnd.example.sbom', platform);
  const signature = `${index.digest.replace(':', '-')}.sig`;
  await pushed.artifact(undefined, undefined, signature);
  return {...pushed.all(), index: index.digest, platforms: platformsIn(index.bytes), signature};
}

/** Pushes the same index with its children, and nothing that belongs to it. */
export async function pushBareImage(repository: string, tag: string): Promise<PushedImage> {
  const {bytes, digest} = sampleImage().index;
  const pushed = await pushSample(repository, tag);
  return {...pushed.all(), index: digest, platforms: platformsIn(bytes)};
}

/** Pushes a list of two platforms, all of it in Docker's media types. */
export async function pushDockerImage(repository: string, tag: string): Promise<PushedImage> {
  const pushed = new Pushed(repository);
  const manifests: unknown[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const archive = tarOf('usr/bin/app', Buffer.from(architecture.repeat(2000)));
    const layer = contentOf('application/vnd.docker.image.rootfs.diff.tar.gzip', gzipSync(archive));
    const rootfs = {type: 'layers', diff_ids: [digestOf(archive)]};
    const config = json('application/vnd.docker.container.image.v1+json', {
      architecture,
      os: 'linux',
      rootfs,
    });
    for (const content of [layer, config]) await pushed.blob(content);
    const parts = {config: descriptorOf(config), layers: [descriptorOf(layer)]};
    const manifest = json(mediaTypes.dockerManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      ...parts,
    });
    await pushed.manifest(manifest);
    manifests.push({...descriptorOf(manifest), platform: {architecture, os: 'linux'}});
  }
  const list = json(mediaTypes.dockerList, {schemaVersion: 2, mediaType: mediaTypes.dockerList, manifests});
  await pushed.manifest(list, tag);
  return {...pushed.all(), index: list.digest, platforms: platformsIn(list.bytes)};
}

async function pushSample(repository: string, tag: string): Promise<Pushed> {
  const {blobs, manifests, index} = sampleImage();
  const pushed = new Pushed(repository);
  for (const content of blobs) await pushed.blob(content);
  for (const content of manifests) await pushed.manifest(content);
  await pushed.manifest(index, tag);
  return pushed;
}

/** Keeps account of what was put into a repository. */
class Pushed {
  private readonly repository: string;
  private readonly manifests = new Set<Digest>();
  private readonly blobs = new Set<Digest>();
  private readonly referrers = new Map<Digest, string[]>();

  constructor(repository: string) {
    this.repository = repository;
  }

  all(): Pick<PushedImage, 'manifests' | 'blobs' | 'referrers'> {
    return {manifests: [...this.manifests], blobs: [...this.blobs], referrers: this.referrers};
  }

  async blob({bytes, digest}: Content): Promise<void> {
    expectCreated(await upload(this.repository, bytes));
    this.blobs.add(digest);
  }

  async manifest({bytes, digest, mediaType}: Content, reference: string = digest): Promise<boolean> {
    const headers = {'content-type': mediaType};
    const url = `${this.repository}/manifests/${reference}`;
    const reply = await send(url, {method: 'PUT', headers, body: bytes});
    expectCreated(reply);
    this.manifests.add(digest);
    return reply.headers['oci-subject'] !== undefined;
  }

  /** A referrer, where it has a subject; else whatever a signature under a tag is. */
  async artifact(artifactType?: string, subject?: Descriptor, tag?: string): Promise<Content> {
    const config = json('application/vnd.oci.empty.v1+json', {});
    const about = {of: subject?.digest ?? tag};
    const layer = json('application/vnd.dev.cosign.simplesigning.v1+json', about);
    for (const content of [config, layer]) await this.blob(content);
    const manifest = json(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      ...(artifactType && {artifactType}),
      config: descriptorOf(config),
      layers: [descriptorOf(layer)],
      ...(subject && {subject: descriptorOf(subject)}),
    });
    const isKnown = await this.manifest(manifest, tag);
    if (subject && artifactType) {
      this.referrers.set(subject.digest, [artifactType]);
      if (!isKnown) await this.list(subject.digest, {...descriptorOf(manifest), artifactType});
    }
    return manifest;
  }

  /** For a registry without the referrers API (distribution-spec, §Referrers Tag Schema). */
  private async list(subject: Digest, referrer: object): Promise<void> {
    const document = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [referrer]};
    const index = json(mediaTypes.ociIndex, document);
    const url = `${this.repository}/manifests/${subject.replace(':', '-')}`;
    const headers = {'content-type': mediaTypes.ociIndex};
    expectCreated(await send(url, {method: 'PUT', headers, body: index.bytes}));
  }
}

function platformsIn(index: Buffer): Digest[] {
  const {manifests} = JSON.parse(index.toString()) as {
    manifests: {digest: Digest; platform: {os: string}}[];
  };
  return manifests.filter(({platform}) => platform.os !== 'unknown').map(({digest}) => digest);
}

function json(mediaType: string, value: unknown): Content {
  return contentOf(mediaType, Buffer.from(JSON.stringify(value)));
}

function contentOf(mediaType: string, bytes: Buffer): Content {
  return {mediaType, digest: digestOf(bytes), size: bytes.length, bytes};
}

const descriptorOf = ({mediaType, digest, size}: Descriptor) => ({mediaType, digest, size});

function expectCreated({status, body}: {status: number; body: Buffer}): void {
  if (status !== 201) throw new Error(`expected 201, found ${status}: ${body.toString()}`);
}
