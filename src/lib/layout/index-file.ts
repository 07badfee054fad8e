import {parseDescriptor, type Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import {mediaTypes} from '../oci/media-types.ts';
import {isTag, type Tag} from '../oci/reference.ts';
import {OciError, ociError} from '../oci-error.ts';
import {printable} from '../printable.ts';
import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';

/** A layout's index.json: the manifests that it lists, under tags or without (image-spec, image-layout.md §index.json File). */
export interface IndexFile {
  /** As it stands there, with what corectl does not know. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly entries: readonly IndexEntry[];
}

export interface IndexEntry {
  readonly node: Descriptor;
  /** As it stands there. */
  readonly value: Readonly<Record<string, unknown>>;
}

export const emptyIndex: IndexFile = {
  document: {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: []},
  entries: [],
};

// image-spec, annotations.md; the second is containerd's, which BuildKit and docker save write
const refName = 'org.opencontainers.image.ref.name';
const imageName = 'io.containerd.image.name';

/** Parses index.json. Raises `invalid-layout` for what is none, or lists what is no descriptor. */
export function parseIndex(bytes: Buffer, where: string): IndexFile {
  const document = parsed(bytes);
  const manifests = document?.manifests ?? [];
  if (document?.schemaVersion !== 2 || !Array.isArray(manifests))
    throw damaged(where, 'it is no index of the OCI image layout, or was cut off');
  const entries = manifests.map((value: unknown, i): IndexEntry => {
    try {
      return {node: parseDescriptor(value, `manifests[${i}]`), value: value as Record<string, unknown>};
    } catch (error) {
      if (error instanceof OciError) throw damaged(where, error.message);
      throw error;
    }
  });
  return {document, entries};
}

/** index.json as it is written. */
export function formatIndex({document, entries}: IndexFile): Buffer {
  return Buffer.from(JSON.stringify({...document, manifests: entries.map(({value}) => value)}));
}

/**
 * What a tag points to in the layout of a repository of that name. A name that is the tag itself comes before a full
 * reference that ends in it. Raises `invalid-layout` where entries of one tag point to different things.
 */
export function taggedEntry(
  {entries}: IndexFile,
  {tag, repository}: TagOf,
  where: string,
): IndexEntry | undefined {
  const exact = entries.filter(({node}) => node.annotations?.[refName] === tag);
  const found = exact.length > 0 ? exact : entries.filter((entry) => tagsOf(entry, repository).includes(tag));
  if (digestsOf(found).length <= 1) return found[0];
  // several images in one layout, each with its full name besides
  const ours = found.filter(({node}) => tagIn(node.annotations?.[imageName], repository) === tag);
  const digests = digestsOf(ours.length > 0 ? ours : found);
  if (digests.length === 1) return ours[0];
  throw ociError('invalid-layout', `${where}: index.json has the tag ${tag} for ${digests.join(' and ')}`, {
    suggestions: ['name the one that is meant by its digest, or leave the tag in index.json to that one'],
  });
}

/** All tags of a repository of that name. */
export function tagsIn({entries}: IndexFile, repository: string): readonly Tag[] {
  return [...new Set(entries.flatMap((entry) => tagsOf(entry, repository)))];
}

/** The entry of a digest, under a tag or without; undefined where the layout does not list it. */
export function listedEntry({entries}: IndexFile, digest: Digest): IndexEntry | undefined {
  return entries.find(({node}) => node.digest === digest);
}

/** The index with the manifest in it, without a tag; the same one where it lists it already. */
export function withListed(index: IndexFile, manifest: Manifest): IndexFile {
  if (listedEntry(index, manifest.descriptor.digest) !== undefined) return index;
  return {...index, entries: [...index.entries, entryFor(manifest)]};
}

/** The index with the tag pointing to the manifest. What it pointed to before stays, without the tag. */
export function withTag(index: IndexFile, manifest: Manifest, {tag, repository}: TagOf): IndexFile {
  const others = index.entries.map((entry) =>
    tagsOf(entry, repository).includes(tag) ? withoutName(entry) : entry,
  );
  return {...index, entries: withoutRepetitions([...others, entryFor(manifest, tag)])};
}

export interface TagOf {
  readonly tag: Tag;
  /** The repository's name, by which full references are told from those of other images. */
  readonly repository: string;
}

/** `1.0` of `1.0`, and of `docker.io/library/app:1.0` in a repository app: other tools write both. */
function tagsOf({node}: IndexEntry, repository: string): Tag[] {
  const {[refName]: name, [imageName]: full} = node.annotations ?? {};
  if (name !== undefined && isTag(name)) return [name];
  return [tagIn(name, repository), tagIn(full, repository)].filter((tag) => tag !== undefined);
}

/** The tag of a full reference to an image of that name. */
function tagIn(reference: string | undefined, repository: string): Tag | undefined {
  const last = reference?.slice(reference.lastIndexOf('/') + 1) ?? '';
  const tag = last.slice(repository.length + 1);
  return last.startsWith(`${repository}:`) && isTag(tag) ? tag : undefined;
}

const digestsOf = (entries: readonly IndexEntry[]): Digest[] => [
  ...new Set(entries.map(({node}) => node.digest)),
];

function entryFor({descriptor, artifactType, subject}: Manifest, tag?: Tag): IndexEntry {
  const {mediaType, digest, size} = descriptor;
  const annotations = tag === undefined ? undefined : {[refName]: tag};
  const value = {
    mediaType,
    digest,
    size,
    ...(subject && artifactType !== undefined && {artifactType}),
    ...(annotations && {annotations}),
  };
  return {node: {mediaType, digest, size, ...(annotations && {annotations})}, value};
}

function withoutName({node, value}: IndexEntry): IndexEntry {
  const annotations = Object.fromEntries(
    Object.entries(node.annotations ?? {}).filter(([key]) => key !== refName && key !== imageName),
  );
  return {node: {...node, annotations}, value: {...value, annotations}};
}

/** Without the entries that have no name and whose manifest another one lists. */
function withoutRepetitions(entries: readonly IndexEntry[]): IndexEntry[] {
  const isNamed = ({node: {annotations}}: IndexEntry) =>
    annotations?.[refName] !== undefined || annotations?.[imageName] !== undefined;
  const listed = new Set(entries.filter(isNamed).map(({node}) => node.digest));
  return entries.filter((entry) => {
    const {digest} = entry.node;
    const isKept = isNamed(entry) || !listed.has(digest);
    listed.add(digest);
    return isKept;
  });
}

function parsed(bytes: Buffer): Record<string, unknown> | undefined {
  const document = parseJson(bytes);
  return isRecord(document) ? document : undefined;
}

function damaged(where: string, problem: string): Error {
  return ociError('invalid-layout', `${where}: index.json: ${printable(problem, 300)}`, {
    suggestions: [
      'copy the layout anew from where it was made, or remove its folder and promote to it again',
    ],
  });
}
