import type {Digest} from '../oci/digest.ts';
import {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {Promotions} from '../promoter-manifests/promotions.ts';
import {canonicalHost, type RepositoryName} from '../oci/reference.ts';
import {refused} from './refused.ts';
import {manifestUnder} from './manifest-under.ts';
import {SnapshotBuilder, type Snapshot, type SnapshotImage} from './snapshot.ts';

/**
 * What manifests promote into a registry, or into the part of it below a path. Raises `repository-not-found` (exit code 3) when
 * none of them names it: an empty list would say that it is to hold nothing.
 */
export function snapshotOfPromotions({manifests, edges}: PromotedBy, into: RepositoryName): Snapshot {
  const builder = new SnapshotBuilder();
  for (const {destination, digest, tag} of edges) {
    const name = nameInside(into, destination.repository);
    if (name !== undefined) builder.add(name, digest, tag === undefined ? [] : [tag]);
  }
  const snapshot = builder.sorted();
  const registries = manifests.flatMap(({destinations}) => destinations);
  const isNamed = registries.some((one) => isSame(one, into) || nameInside(into, one) !== undefined);
  if (snapshot.length === 0 && !isNamed) throw notPromotedInto(into, registries);
  return snapshot;
}

/** Manifests, and what they promote. */
type PromotedBy = Pick<Promotions, 'manifests' | 'edges'>;

function nameInside(into: RepositoryName, one: RepositoryName): string | undefined {
  return canonicalHost(one) === canonicalHost(into) ? nameBelow(into.path, one.path) : undefined;
}

const isSame = (one: RepositoryName, other: RepositoryName): boolean =>
  canonicalHost(one) === canonicalHost(other) && one.path === other.path;

/** Registries that the message about another one names. */
const namedRegistries = 10;

function notPromotedInto({host, path}: RepositoryName, registries: readonly {name: string}[]): CorectlError {
  const named = [...new Set(registries.map(({name}) => name))].sort();
  const some = named.slice(0, namedRegistries).join(', ');
  const more = named.length - namedRegistries;
  return new CorectlError({
    code: 'repository-not-found',
    message: `no manifest promotes into ${path === '' ? host : `${host}/${path}`}`,
    suggestions: [
      named.length === 0
        ? 'check the folder: no manifest in it names a destination'
        : `they promote into ${some}${more > 0 ? ` and ${more} more` : ''}`,
    ],
    exitCode: exitCodes.imageNotFound,
  });
}

/**
 * The same without digests that have no tag and are listed by an index of their image, as a minimal snapshot of the registry
 * is. Raises what the registry refuses with (exit code 5); an index that is not there yet tells nothing.
 */
export async function withoutParts(
  snapshot: Snapshot,
  sessionFor: (image: string) => Session,
): Promise<Snapshot> {
  try {
    return await Promise.all(snapshot.map((image) => withoutPartsOf(image, sessionFor)));
  } catch (error) {
    throw error instanceof OciError ? refused(error) : error;
  }
}

async function withoutPartsOf(
  image: SnapshotImage,
  sessionFor: (image: string) => Session,
): Promise<SnapshotImage> {
  const {name, digests} = image;
  if (digests.length < 2 || digests.every(({tags}) => tags.length > 0)) return image;
  const session = sessionFor(name);
  const parts = new Set<Digest>();
  await Promise.all(
    digests.map(async ({digest}) => {
      const manifest = await manifestUnder(session, digest);
      if (typeof manifest === 'object') for (const child of manifest.children) parts.add(child.digest);
    }),
  );
  return {name, digests: digests.filter(({digest, tags}) => tags.length > 0 || !parts.has(digest))};
}

/** A repository's name below a path, whole segments: `prod` is not the beginning of `production`. */
export function nameBelow(path: string, repository: string): string | undefined {
  if (path === '') return repository;
  return repository.startsWith(`${path}/`) ? repository.slice(path.length + 1) : undefined;
}
