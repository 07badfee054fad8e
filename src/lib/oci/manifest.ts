import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {parseDescriptor, type Descriptor} from './descriptor.ts';
import {algorithmOf, matches, type Digest} from './digest.ts';
import {ociError} from '../oci-error.ts';
import {printable} from '../printable.ts';
import {
  isImageType,
  isIndexType,
  isManifestType,
  isNonDistributable,
  isReadableType,
  isSchema1Type,
  mediaTypes,
} from './media-types.ts';

/** A manifest as it came, and what it refers to. `bytes` are what the digest names: they are never written anew. */
export interface Manifest {
  readonly descriptor: Descriptor;
  /** Its digest by another algorithm, under which its registry keeps it: what refers to it may go by that. */
  readonly alias?: Digest;
  readonly bytes: Buffer;
  /** What an index lists: manifests, and whatever else stands there. */
  readonly children: readonly Descriptor[];
  /** Config, layers and an artifact's blobs that belong in the registry, in their order. */
  readonly blobs: readonly Descriptor[];
  /** Layers that may be elsewhere, where their `urls` say. */
  readonly foreign: readonly Descriptor[];
  readonly subject?: Descriptor;
  /** For referrers: `artifactType`, or the config's media type (distribution-spec, §Pushing Manifests with Subject). */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Whether a digest names the manifest, by whichever algorithm: under a tag a registry names it by one of its own choice,
 * sha256 mostly, even where it was pushed as another.
 */
export function isNamedBy({descriptor, bytes}: Manifest, digest: Digest | undefined): boolean {
  if (digest === undefined || digest === descriptor.digest) return digest !== undefined;
  return algorithmOf(digest) !== algorithmOf(descriptor.digest) && matches(digest, bytes);
}

/** Entries of one list in a manifest: images have a hundred layers, artifacts of many files a few thousand. */
export const entryLimit = 10_000;

/**
 * Parses a manifest to find what it refers to. Raises `invalid-manifest` for what is no manifest or means two things,
 * `invalid-descriptor`, and `unsupported-manifest` for Docker's schema 1.
 */
export function parseManifest(
  bytes: Buffer,
  digest: Digest,
  mediaTypeHeader: string | undefined,
  expected?: string,
): Manifest {
  const document = documentIn(bytes, digest);
  const mediaType = mediaTypeOf(document, digest, mediaTypeHeader, expected);
  refuseAmbiguous(document, mediaType, digest);
  const content = contentIn(document, digest);
  return {
    descriptor: {mediaType, digest, size: bytes.length},
    bytes,
    children: isIndexType(mediaType) ? descriptorsIn(document, 'manifests', digest) : [],
    blobs: content.filter((node) => !isElsewhere(node)),
    foreign: content.filter(isElsewhere),
    ...about(document, digest),
  };
}

function documentIn(bytes: Buffer, digest: Digest): Record<string, unknown> {
  const parsed = parseJson(bytes);
  if (isRecord(parsed)) return parsed;
  throw ociError('invalid-manifest', `manifest ${digest} is no JSON object, or nests too deeply`);
}

/**
 * The parent's word first, then the header, then the document's own field; the header and the field must agree
 * (distribution-spec, §Pulling manifests).
 */
function mediaTypeOf(
  document: Record<string, unknown>,
  digest: Digest,
  header: string | undefined,
  expected?: string,
): string {
  const sent = header?.split(';')[0]?.trim().toLowerCase();
  const field = typeof document.mediaType === 'string' ? document.mediaType : undefined;
  const isSchema1 = [sent, field].some((type) => type !== undefined && isSchema1Type(type));
  if (isSchema1 || document.schemaVersion === 1) throw ofSchema1(digest);
  if (sent !== undefined && field !== undefined && isManifestType(sent) && sent !== field) {
    throw ociError(
      'invalid-manifest',
      `manifest ${digest} came as ${sent} and calls itself ${printable(field, 100)}`,
    );
  }
  const type = [expected, sent].find((one) => one !== undefined && isManifestType(one)) ?? field ?? expected;
  if (type === undefined)
    throw ociError(
      'invalid-manifest',
      `manifest ${digest} has no media type (${printable(sent ?? 'none', 100)})`,
    );
  return parseDescriptor({mediaType: type, digest, size: 0}, `manifest ${digest}`).mediaType;
}

function ofSchema1(digest: Digest): Error {
  return ociError(
    'unsupported-manifest',
    `manifest ${digest} is of Docker's schema 1, which registries no longer take`,
    {suggestions: ['rebuild the image, or convert it with a current docker or skopeo']},
  );
}

/**
 * Config and layers of an image, blobs of an artifact, and these wherever they stand: a field that is not of a manifest's type
 * is no error (image-spec, considerations.md §Extensibility), and what it lists must not stay behind.
 */
function contentIn(document: Record<string, unknown>, digest: Digest): Descriptor[] {
  const config =
    document.config === undefined ? [] : [parseDescriptor(document.config, `config of ${digest}`)];
  return [...config, ...['layers', 'blobs'].flatMap((key) => descriptorsIn(document, key, digest))];
}

/** Without `urls` there is no other place than the registry, whatever the type is called. */
const isElsewhere = ({mediaType, urls = []}: Descriptor): boolean =>
  isNonDistributable(mediaType) && urls.length > 0;

/** Fields that say what a manifest is and has; some readers ignore their case (Go's encoding/json). */
const meaningful = ['mediaType', 'manifests', 'layers', 'config', 'blobs', 'subject'] as const;

/**
 * A document that means different things to different readers (CVE-2021-41190): one that reads as an index and as an image,
 * has a field in other letters, or lists content under a type that says nothing of it.
 */
function refuseAmbiguous(document: Record<string, unknown>, mediaType: string, digest: Digest): void {
  const refuse = (why: string) => ociError('invalid-manifest', `ambiguous manifest ${digest}: ${why}`);
  for (const key of Object.keys(document)) {
    // in upper case, which also folds letters such as the long s
    const name = meaningful.find((one) => one.toUpperCase() === key.toUpperCase());
    if (name !== undefined && name !== key)
      throw refuse(`${JSON.stringify(printable(key, 60))} is ${JSON.stringify(name)} to some readers`);
  }
  const asIndex = 'manifests' in document;
  const asImage = 'layers' in document || 'config' in document;
  if ((asIndex && asImage) || (asIndex && isImageType(mediaType)) || (asImage && isIndexType(mediaType)))
    throw refuse('it reads as an index and as an image');
  if (!isReadableType(mediaType) && (asIndex || asImage || 'blobs' in document))
    throw refuse(
      `it lists content and calls itself ${printable(mediaType, 100)}, which is no known manifest`,
    );
}

function descriptorsIn(document: Record<string, unknown>, key: string, digest: Digest): Descriptor[] {
  const list = document[key] ?? [];
  if (!Array.isArray(list)) throw ociError('invalid-manifest', `manifest ${digest}: ${key} is no list`);
  if (list.length > entryLimit)
    throw ociError('invalid-manifest', `manifest ${digest}: ${key} has more than ${entryLimit} entries`);
  return list.map((entry: unknown, i) => parseDescriptor(entry, `${key}[${i}] of ${digest}`));
}

function about(
  document: Record<string, unknown>,
  digest: Digest,
): Pick<Manifest, 'subject' | 'artifactType' | 'annotations'> {
  const {subject, artifactType, config, annotations} = document;
  const type =
    typeof artifactType === 'string' && artifactType !== ''
      ? artifactType
      : isRecord(config)
        ? config.mediaType
        : undefined;
  return {
    // a subject may lack its size: only its digest is ever used
    ...(isRecord(subject) && {
      subject: parseDescriptor(
        {size: 0, mediaType: mediaTypes.ociManifest, ...subject},
        `subject of ${digest}`,
      ),
    }),
    ...(typeof type === 'string' && {artifactType: type}),
    ...(isRecord(annotations) && {annotations: annotations as Record<string, string>}),
  };
}
