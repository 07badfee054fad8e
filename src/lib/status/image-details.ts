import type {Source} from '../copy/source.ts';
import {wholeBlob} from '../evidence/evidence.ts';
import {parseJson} from '../json.ts';
import {isRecord} from '../is-record.ts';
import type {Digest} from '../oci/digest.ts';
import type {Manifest} from '../oci/manifest.ts';
import {isIndexType, isManifestType} from '../oci/media-types.ts';

/** What an image tells of itself. */
export interface ImageDetails {
  /** ISO 8601, in UTC. */
  readonly created: string | null;
  readonly bytes: number | null;
}

/** Images of one index that are looked at; of a larger one nothing is told. Docker's official images have ten. */
const platformLimit = 40;
/** Bytes of a config that is read for its time. */
const configLimit = 1024 * 1024;

/**
 * Reads how large an image is, and when it was built: its manifest, those of its platforms, and one config. Raises what the
 * source raises.
 */
export async function imageDetails(source: Source, digest: Digest): Promise<ImageDetails> {
  const root = await source.resolve(digest);
  const images = await imagesOf(source, root);
  const blobs = new Map(images.flatMap((image) => image.blobs).map((node) => [node.digest, node.size]));
  const [first] = images;
  return {
    created: first === undefined ? null : await createdOf(source, first),
    bytes: first === undefined ? null : [...blobs.values()].reduce((sum, size) => sum + size, 0),
  };
}

async function imagesOf(source: Source, root: Manifest): Promise<Manifest[]> {
  if (!isIndexType(root.descriptor.mediaType)) return [root];
  // build tools keep attestations as images of no platform
  const children = root.children.filter(
    ({mediaType, platform}) =>
      platform !== 'unknown/unknown' && isManifestType(mediaType) && !isIndexType(mediaType),
  );
  if (children.length > platformLimit) return [];
  return Promise.all(children.map((node) => source.manifest(node)));
}

/** Builds that are to be reproducible write a time before there were containers: it says nothing. */
const earliest = Date.UTC(2000);

async function createdOf(source: Source, {blobs}: Manifest): Promise<string | null> {
  const [config] = blobs;
  if (config === undefined || config.size > configLimit || !/json$/.test(config.mediaType)) return null;
  const document = parseJson(await wholeBlob(source, config));
  const created = isRecord(document) && typeof document.created === 'string' ? document.created : '';
  const time = Date.parse(created);
  return time > earliest ? new Date(time).toISOString() : null;
}
