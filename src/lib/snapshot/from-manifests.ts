import type {Digest} from '../oci/digest.ts';
import {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import type {Edge} from '../promoter-manifests/edges.ts';
import {canonicalHost, type RepositoryName} from '../oci/reference.ts';
import {refused} from './refused.ts';
import {manifestUnder} from './manifest-under.ts';
import {SnapshotBuilder, type Snapshot, type SnapshotImage} from './snapshot.ts';

/** What manifests promote into a registry, or into the part of it below a path. */
export function snapshotOfEdges(edges: readonly Edge[], into: RepositoryName): Snapshot {
  const builder = new SnapshotBuilder();
  for (const {destination, digest, tag} of edges) {
    if (canonicalHost(destination.repository) !== canonicalHost(into)) continue;
    const name = nameBelow(into.path, destination.repository.path);
    if (name !== undefined) builder.add(name, digest, tag === undefined ? [] : [tag]);
  }
  return builder.sorted();
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
