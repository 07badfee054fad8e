// The few kinds of image that the oracle's worlds are made of, each built once.
import {digestOf, type Digest} from '../../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {memoryStorage} from '../../../src/lib/registry/memory-storage.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import type {Storage} from '../../../src/lib/registry/storage.ts';
import {asSubject, pushArtifact, pushImage, pushIndex, type PushedManifest} from '../registry-images.ts';
import {contentsOf, partsOf, type Contents} from './contents.ts';

/** An image with all that belongs to it. */
export interface OracleImage {
  readonly root: Digest;
  /** Everything, its signatures included; its only tags are cosign's. */
  readonly contents: Contents;
}

export interface Studio {
  readonly storage: Storage;
  /** Those of few manifests first. */
  readonly images: readonly OracleImage[];
}

/** Images of every shape: plain, with platforms, nested, with layers in common, with and without signatures. */
export async function openStudio(): Promise<Studio> {
  const storage = memoryStorage();
  const registry = {storage};
  const small = {layers: 1, layerSize: 40};
  const shapes: ((repository: string) => Promise<PushedManifest>)[] = [
    (repository) => pushImage(registry, repository, undefined, {...small, seed: 'plain'}),
    (repository) => pushImage(registry, repository, undefined, {...small, layers: 2, seed: 'plain'}),
    (repository) => pushIndex(registry, repository, undefined, {...small, platforms: ['linux/s390x']}),
    (repository) =>
      pushIndex(registry, repository, undefined, {...small, platforms: ['linux/amd64'], attestation: true}),
    (repository) =>
      pushIndex(registry, repository, undefined, {
        ...small,
        platforms: ['linux/arm64'],
        nested: 1,
        seed: 'nested',
      }),
    (repository) =>
      pushImage(registry, repository, undefined, {...small, docker: true, duplicateLayer: true}),
  ];
  const images: OracleImage[] = [];
  for (const shape of shapes) {
    for (const signed of [0, 1, 2, 3]) {
      const repository = `studio/image${images.length}`;
      const image = await shape(repository);
      if (signed === 1)
        await pushArtifact(registry, repository, undefined, {subject: asSubject(image), layers: 1});
      if (signed === 2) await signInEveryWay(storage, repository, image);
      if (signed === 3)
        await pushImage(registry, repository, `${referrersTag(image.digest)}.sig`, {...small, seed: 'sig'});
      images.push({root: image.digest, contents: await contentsOf(storage, repository)});
    }
  }
  images.sort((one, other) => one.contents.manifests.size - other.contents.manifests.size);
  return {storage, images};
}

/** Two referrers of the image, a referrer of one of those and of a child, and a tag of cosign's. */
async function signInEveryWay(storage: Storage, repository: string, image: PushedManifest): Promise<void> {
  const registry = {storage};
  const sbom = await pushArtifact(registry, repository, undefined, {subject: asSubject(image), seed: 'sbom'});
  await pushArtifact(registry, repository, undefined, {subject: asSubject(image), layers: 1, seed: 'bundle'});
  await pushArtifact(registry, repository, undefined, {
    subject: asSubject(sbom),
    layers: 1,
    seed: 'of the sbom',
  });
  const [child] = image.children;
  if (child)
    await pushArtifact(registry, repository, undefined, {subject: asSubject(child), seed: 'of a child'});
  await pushImage(registry, repository, `${referrersTag(image.digest)}.att`, {
    layers: 1,
    layerSize: 40,
    seed: 'att',
  });
}

/** What refers to what, among some manifests. */
export function referrersIn({manifests}: Pick<Contents, 'manifests'>): Map<Digest, Digest[]> {
  const found = new Map<Digest, Digest[]>();
  for (const [digest, {bytes}] of manifests) {
    const {subject} = partsOf(bytes);
    if (subject !== undefined) found.set(subject, [...(found.get(subject) ?? []), digest]);
  }
  return found;
}

/** Writes the referrers tags that a registry without the API would have for its manifests. */
export async function keepReferrersTags(storage: Storage, repository: string): Promise<void> {
  const contents = await contentsOf(storage, repository);
  const store = new RepositoryStore(storage, repository);
  for (const [subject, referrers] of referrersIn(contents)) {
    const manifests = referrers.map((digest) => {
      const {mediaType, bytes} = contents.manifests.get(digest)!;
      return {mediaType, digest, size: bytes.length};
    });
    const bytes = Buffer.from(JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests}));
    await store.putManifest(bytes, mediaTypes.ociIndex);
    await store.tag(referrersTag(subject), digestOf(bytes));
  }
}
