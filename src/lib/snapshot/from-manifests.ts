import type {Edge} from '../promoter-manifests/edges.ts';
import {canonicalHost, type RepositoryName} from '../oci/reference.ts';
import {SnapshotBuilder, type Snapshot} from './snapshot.ts';

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

/** A repository's name below a path, whole segments: `prod` is not the beginning of `production`. */
export function nameBelow(path: string, repository: string): string | undefined {
  if (path === '') return repository;
  return repository.startsWith(`${path}/`) ? repository.slice(path.length + 1) : undefined;
}
