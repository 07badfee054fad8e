import {manifestLimit} from '../distribution/manifests.ts';
import {referrersTag} from '../distribution/referrers-tag.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import {parseManifest, type Manifest} from '../oci/manifest.ts';
import {isReadableType, mediaTypes} from '../oci/media-types.ts';
import type {Tag} from '../oci/reference.ts';
import {ociError} from '../oci-error.ts';
import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {hasContent, missingContent, readWhole, writeContent} from './content.ts';
import {listedEntry, taggedEntry, type IndexEntry, type IndexFile} from './index-file.ts';
import type {Layout} from './layout.ts';

/** What a layout lists under a tag or digest. Raises `invalid-layout` for a tag of several things. */
export function entryOf(layout: Layout, index: IndexFile, reference: Tag | Digest): IndexEntry | undefined {
  if (isDigest(reference)) return listedEntry(index, reference);
  return taggedEntry(index, {tag: reference, repository: layout.repository}, layout.name);
}

/**
 * The manifest of a tag or digest, verified; undefined where the layout has none. Raises `invalid-layout` and
 * `digest-mismatch` for a damaged layout, and what parseManifest raises.
 */
export async function findManifest(layout: Layout, reference: Tag | Digest): Promise<Manifest | undefined> {
  const index = await layout.index();
  const entry = index && entryOf(layout, index, reference);
  if (entry !== undefined) return readListed(layout, entry.node);
  return isDigest(reference) ? findUnlisted(layout, reference) : undefined;
}

/**
 * Reads a manifest that is listed. A listed manifest without its content is damage; it does not mean that there is no such
 * image.
 */
export async function readListed(layout: Layout, node: Descriptor): Promise<Manifest> {
  try {
    return await readManifest(layout, node);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'not-found')) throw error;
    throw ociError('invalid-layout', `${error.message}, and index.json lists it`, {
      suggestions: [
        'copy the layout anew from where it was made, or remove its folder and promote to it again',
      ],
      cause: error,
    });
  }
}

/** The manifest that a parent describes, verified. Raises `not-found`, `digest-mismatch` and `size-mismatch`. */
export async function readManifest(layout: Layout, node: Descriptor): Promise<Manifest> {
  const root = await layout.rootOf(node.digest);
  const bytes = await readWhole(root, node, manifestLimit);
  if (bytes === undefined) throw missingContent(root, node.digest);
  return parseManifest(bytes, node.digest, undefined, node.mediaType);
}

/**
 * What refers to a digest: by the subjects of all manifests that are listed, and by the referrers tag, as some tools keep it
 * in layouts too (distribution-spec, §Referrers Tag Schema).
 */
export async function findReferrers(layout: Layout, subject: Digest): Promise<Descriptor[]> {
  const index = await layout.index();
  if (index === undefined) return [];
  const direct = await referring(layout, index, subject);
  const tagged = await findManifest(layout, referrersTag(subject));
  const listed = tagged?.descriptor.mediaType === mediaTypes.ociIndex ? tagged.children : [];
  return [...new Map([...listed, ...direct].map((node) => [node.digest, node])).values()];
}

/**
 * Writes a manifest's content. Raises what a registry raises when something that it refers to is missing: that is sent again
 * then. What keeps it from being looked at is raised as it is.
 */
export async function writeManifest(
  layout: Layout,
  {descriptor, bytes, blobs, children}: Manifest,
  signal?: AbortSignal,
): Promise<void> {
  const root = await layout.created(signal);
  for (const node of [...blobs, ...children]) {
    if (!(await hasContent(root, node)))
      throw ociError('invalid-layout', missingContent(root, node.digest).message, {
        registryCodes: ['MANIFEST_BLOB_UNKNOWN'],
      });
  }
  if (await layout.holds(descriptor)) return;
  await writeContent(root, descriptor, [bytes]);
  layout.trust(descriptor.digest);
}

/** A manifest below another one, by its digest alone: it says itself what it is, or shows it. */
async function findUnlisted(layout: Layout, digest: Digest): Promise<Manifest | undefined> {
  const root = await layout.root();
  const bytes = root === undefined ? undefined : await readWhole(root, {digest}, manifestLimit);
  if (bytes === undefined) return undefined;
  const mediaType = mediaTypeOf(bytes);
  return mediaType === undefined ? undefined : parseManifest(bytes, digest, undefined, mediaType);
}

/** The media type of a document that is listed nowhere; undefined for one that is no manifest. */
function mediaTypeOf(bytes: Buffer): string | undefined {
  const document = parseJson(bytes);
  if (!isRecord(document)) return undefined;
  const {mediaType} = document;
  if (typeof mediaType === 'string') return isReadableType(mediaType) ? mediaType : undefined;
  if (Array.isArray(document.manifests)) return mediaTypes.ociIndex;
  return Array.isArray(document.layers) ? mediaTypes.ociManifest : undefined;
}

/** Listed manifests that are read at once to see what they refer to. */
const readAtOnce = 16;

async function referring(layout: Layout, {entries}: IndexFile, subject: Digest): Promise<Descriptor[]> {
  const nodes = entries.map(({node}) => node).filter(({mediaType}) => isReadableType(mediaType));
  const found: Descriptor[] = [];
  for (let at = 0; at < nodes.length; at += readAtOnce) {
    const some = nodes.slice(at, at + readAtOnce);
    const subjects = await Promise.all(some.map((node) => subjectOf(layout, node)));
    found.push(...some.filter((_, i) => subjects[i] === subject));
  }
  return found;
}

const subjectOf = (layout: Layout, node: Descriptor): Promise<Digest | undefined> =>
  layout.subjectOf(node.digest, async () => (await readListed(layout, node)).subject?.digest);
