import type {Digest} from '../oci/digest.ts';
import {mediaTypes} from '../oci/media-types.ts';
import {digestFrom} from './blobs.ts';
import type {Route} from './context.ts';
import {json} from './exchange.ts';
import {parseManifest} from './manifest-checks.ts';
import type {RepositoryStore, StoredManifest} from './repository-store.ts';

/** GET of the manifests whose subject is the digest, as an index (distribution-spec §Listing Referrers). */
export const listReferrers: Route = async ({repository, reference, exchange, settings}) => {
  const subject = digestFrom(reference);
  if (!settings.referrers) {
    const body = Buffer.from('404 page not found\n');
    return {
      status: 404,
      headers: {'content-type': 'text/plain', 'content-length': String(body.length)},
      body,
    };
  }
  const filter = new URLSearchParams(exchange.query).get('artifactType');
  const all = await referrersOf(repository, subject);
  const manifests = all.filter(({artifactType}) => filter === null || artifactType === filter);
  return json(
    200,
    {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests},
    {
      'content-type': mediaTypes.ociIndex,
      ...(filter !== null && {'oci-filters-applied': 'artifactType'}),
    },
  );
};

interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: unknown;
}

async function referrersOf(repository: RepositoryStore, subject: Digest): Promise<Referrer[]> {
  const manifests = await Promise.all(
    (await repository.manifests()).map((digest) => repository.manifest(digest)),
  );
  return manifests.flatMap((manifest) => (manifest && refersTo(manifest, subject)) ?? []);
}

function refersTo({bytes, mediaType, digest}: StoredManifest, subject: Digest): Referrer | undefined {
  // most manifests have no subject: do not parse those
  if (!bytes.includes(subject)) return undefined;
  const manifest = parsed(bytes, mediaType);
  if (manifest?.subject?.digest !== subject) return undefined;
  const {artifactType, annotations} = manifest;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType !== undefined && {artifactType}),
    ...(annotations !== undefined && {annotations}),
  };
}

function parsed(bytes: Buffer, mediaType: string): ReturnType<typeof parseManifest> | undefined {
  try {
    return parseManifest(bytes, mediaType);
  } catch {
    return undefined;
  }
}
