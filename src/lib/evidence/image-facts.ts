import type {Source} from '../copy/source.ts';
import type {Digest} from '../oci/digest.ts';
import {isRecord} from '../is-record.ts';
import type {Manifest} from '../oci/manifest.ts';
import {isIndexType, isManifestType} from '../oci/media-types.ts';
import {parseJson} from '../json.ts';
import {wholeBlob} from './evidence.ts';

/** What an image says of itself; read when it is asked for. */
export interface ImageFacts {
  /** `linux/arm64/v8`, of each of its images. */
  platforms(): Promise<readonly string[]>;
  /** When each of its images was made; undefined for one that does not say. */
  created(): Promise<readonly (Date | undefined)[]>;
}

/** The facts of an image where it is. What they raise is what reading raises. */
export function imageFacts(source: Source, root: Manifest): ImageFacts {
  let read: Promise<readonly Image[]> | undefined;
  const images = () => (read ??= imagesIn({source, seen: new Set()}, root, 0));
  return {
    platforms: async () =>
      namedPlatforms(root) ??
      (await images()).map(({config}) => platformOf(config)).filter((one) => one !== ''),
    created: async () => (await images()).map(({config}) => createdOf(config)),
  };
}

interface Image {
  readonly config: Readonly<Record<string, unknown>>;
}

/** Build tools keep attestations in the index as images of this platform. */
const noPlatform = 'unknown/unknown';

/** Indexes in indexes: more than any tool makes. */
const depthLimit = 4;

/** The platforms as an index names them, where it names all. */
function namedPlatforms({descriptor, children}: Manifest): readonly string[] | undefined {
  if (!isIndexType(descriptor.mediaType)) return undefined;
  const named = children
    .filter(({mediaType}) => isManifestType(mediaType))
    .map(({platform}) => platform)
    .filter((one) => one !== noPlatform);
  const known = named.filter((one) => one !== undefined && one !== '');
  return known.length === named.length ? known.filter((one) => one !== undefined) : undefined;
}

interface Search {
  readonly source: Source;
  /** Each is looked at once: an index may name one a thousand times, in indexes that do the same. */
  readonly seen: Set<Digest>;
}

async function imagesIn(search: Search, manifest: Manifest, depth: number): Promise<readonly Image[]> {
  const {source, seen} = search;
  if (!isIndexType(manifest.descriptor.mediaType)) return [await imageIn(source, manifest)];
  // what is not looked at may be older than all that is
  if (depth === depthLimit) return [{config: {}}];
  const children = manifest.children.filter(
    ({platform, mediaType}) => platform !== noPlatform && isManifestType(mediaType),
  );
  const found = children.map(async (node) => {
    if (seen.has(node.digest)) return [];
    seen.add(node.digest);
    return imagesIn(search, await source.manifest(node), depth + 1);
  });
  return (await Promise.all(found)).flat();
}

/** Bytes of an image's config: the history of a thousand layers has less. */
const configLimit = 4 * 1024 * 1024;

async function imageIn(source: Source, {blobs}: Manifest): Promise<Image> {
  const [config] = blobs;
  if (config === undefined || config.size > configLimit) return {config: {}};
  const document = parseJson(await wholeBlob(source, config));
  return {config: isRecord(document) ? document : {}};
}

function platformOf({os, architecture, variant}: Image['config']): string {
  return [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '').join('/');
}

function createdOf({created}: Image['config']): Date | undefined {
  const time = typeof created === 'string' ? Date.parse(created) : NaN;
  return Number.isNaN(time) ? undefined : new Date(time);
}
