import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {parseDescriptor, type Descriptor} from '../oci/descriptor.ts';
import {isImageType, isIndexType, isNonDistributable} from '../oci/media-types.ts';
import {RegistryError} from './registry-error.ts';
import type {RepositoryStore} from './repository-store.ts';

/** What a registry has to know of a manifest. */
export interface ParsedManifest {
  /** Children of an index. */
  readonly manifests: readonly Descriptor[];
  /** Config and layers of an image, those that are elsewhere left out. */
  readonly blobs: readonly Descriptor[];
  readonly subject?: Descriptor;
  /** Its own, or the config's media type (distribution-spec §Listing Referrers). */
  readonly artifactType?: string;
  readonly annotations?: unknown;
}

/** Reads a manifest that is pushed as `mediaType`. Raises MANIFEST_INVALID with the reason. */
export function parseManifest(bytes: Buffer, mediaType: string): ParsedManifest {
  if (!isImageType(mediaType) && !isIndexType(mediaType))
    throw invalid(`unsupported media type ${mediaType}`);
  const document = parsed(bytes);
  if (document.schemaVersion !== 2) throw invalid('schemaVersion must be 2');
  const declared = document.mediaType;
  if (declared !== undefined || mediaType.includes('docker')) {
    if (declared !== mediaType)
      throw invalid(`mediaType ${JSON.stringify(declared)} was pushed as ${mediaType}`);
  }
  return {
    ...(isIndexType(mediaType) ? indexParts(document) : imageParts(document)),
    ...commonParts(document),
  };
}

/** Raises MANIFEST_BLOB_UNKNOWN for each child, config and layer that the repository lacks. */
export async function checkContent(manifest: ParsedManifest, repository: RepositoryStore): Promise<void> {
  const missing: Descriptor[] = [];
  for (const child of manifest.manifests) if (!(await repository.manifest(child.digest))) missing.push(child);
  for (const blob of manifest.blobs) if (!(await repository.blob(blob.digest))) missing.push(blob);
  if (missing.length === 0) return;
  throw new RegistryError(
    'MANIFEST_BLOB_UNKNOWN',
    'manifest references a manifest or blob unknown to registry',
    {
      detail: missing.map(({digest}) => ({digest})),
    },
  );
}

function parsed(bytes: Buffer): Record<string, unknown> {
  const document = parseJson(bytes);
  if (isRecord(document)) return document;
  throw invalid('the manifest is no JSON object');
}

function indexParts(document: Record<string, unknown>): Pick<ParsedManifest, 'manifests' | 'blobs'> {
  // one document must not mean different things under different media types
  for (const key of ['config', 'layers']) if (key in document) throw invalid(`an index must not have ${key}`);
  return {manifests: descriptorsIn(document, 'manifests'), blobs: []};
}

function imageParts(
  document: Record<string, unknown>,
): Pick<ParsedManifest, 'manifests' | 'blobs' | 'artifactType'> {
  if ('manifests' in document) throw invalid('an image manifest must not have manifests');
  const config = descriptorIn(document.config, 'config');
  const layers = descriptorsIn(document, 'layers').filter(({mediaType}) => !isNonDistributable(mediaType));
  return {manifests: [], blobs: [config, ...layers], artifactType: config.mediaType};
}

function commonParts({artifactType, subject, annotations}: Record<string, unknown>): Partial<ParsedManifest> {
  return {
    ...(typeof artifactType === 'string' && artifactType !== '' && {artifactType}),
    ...(subject !== undefined && {subject: descriptorIn(subject, 'subject')}),
    ...(annotations !== undefined && {annotations}),
  };
}

function descriptorsIn(document: Record<string, unknown>, key: string): Descriptor[] {
  const list = document[key];
  if (!Array.isArray(list)) throw invalid(`${key} must be a list`);
  return list.map((entry: unknown, at) => descriptorIn(entry, `${key}[${at}]`));
}

function descriptorIn(value: unknown, where: string): Descriptor {
  try {
    return parseDescriptor(value, where);
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function invalid(problem: string): RegistryError {
  return new RegistryError('MANIFEST_INVALID', problem);
}
