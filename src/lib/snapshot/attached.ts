import {hasManifest} from '../distribution/manifests.ts';
import type {Session} from '../distribution/session.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import {isIndexType} from '../oci/media-types.ts';
import type {Tag} from '../oci/reference.ts';
import {manifestUnder} from './manifest-under.ts';

/**
 * Whether what a tag points to is cosign's for a digest that is there (cosign, specs/SIGNATURE_SPEC.md): it came with its
 * image. The name alone tells nothing: whoever may write there may call anything so.
 */
export async function isCosigns(session: Session, tag: Tag): Promise<boolean> {
  const digest = signedBy(tag);
  if (digest === undefined) return false;
  const [isThere, manifest] = await Promise.all([hasManifest(session, digest), manifestUnder(session, tag)]);
  return isThere && isArtifact(manifest);
}

/** Whether a manifest refers to one that is there (image-spec, §Image Manifest, `subject`), and is none to be run. */
export async function isReferrer(session: Session, digest: Digest): Promise<boolean> {
  const manifest = await manifestUnder(session, digest);
  if (!isArtifact(manifest) || manifest.subject === undefined) return false;
  return hasManifest(session, manifest.subject.digest);
}

/** `sha256:…` of `sha256-….sig` */
function signedBy(tag: Tag): Digest | undefined {
  const digest = /^(sha(?:256|512)-[0-9a-f]+)\.(?:sig|att|sbom)$/.exec(tag)?.[1]?.replace('-', ':');
  return isDigest(digest) ? digest : undefined;
}

/** Whether nothing in it is a part of a file system: what can be run is an image, whatever it is called. */
function isArtifact(manifest: Manifest | Digest | undefined): manifest is Manifest {
  if (manifest === undefined || typeof manifest === 'string') return false;
  if (isIndexType(manifest.descriptor.mediaType)) return false;
  return ![...manifest.blobs, ...manifest.foreign].some(({mediaType}) => isFileSystem(mediaType));
}

const isFileSystem = (mediaType: string): boolean =>
  mediaType.startsWith('application/vnd.oci.image.layer.') ||
  mediaType.startsWith('application/vnd.docker.image.rootfs.');
