/** Media types of manifests (image-spec, media-types.md; Docker's image manifest v2, schema 2). */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ociArtifact: 'application/vnd.oci.artifact.manifest.v1+json',
} as const;

const indexes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerList];
const images: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest];

/**
 * Every manifest type in one header: a registry that is not offered the stored type answers 404 or converts.
 * Schema 1 is asked for so that its presence can be told apart from absence.
 */
export const acceptManifests = [
  ...indexes,
  ...images,
  mediaTypes.ociArtifact,
  mediaTypes.dockerSchema1Signed,
  mediaTypes.dockerSchema1,
].join(', ');

/** Whether it lists manifests. */
export const isIndexType = (mediaType: string): boolean => indexes.includes(mediaType);

/** Whether it is the manifest of one image: a config and layers. */
export const isImageType = (mediaType: string): boolean => images.includes(mediaType);

/** Whether it is either, as registries store it today. */
export const isManifestType = (mediaType: string): boolean =>
  isIndexType(mediaType) || isImageType(mediaType);

/** Whether it is known what a manifest of the type refers to; those of OCI 1.1's drafts are still about. */
export const isReadableType = (mediaType: string): boolean =>
  isManifestType(mediaType) || mediaType === mediaTypes.ociArtifact;

/** Whether it is Docker's first form of a manifest, which is known in order to be refused. */
export const isSchema1Type = (mediaType: string): boolean =>
  mediaType === mediaTypes.dockerSchema1 || mediaType === mediaTypes.dockerSchema1Signed;

/** Layers that may stay where their `urls` say (image-spec, layer.md §Non-Distributable Layers). */
export function isNonDistributable(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.docker.image.rootfs.foreign.') ||
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.')
  );
}
