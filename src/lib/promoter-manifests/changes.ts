import {repositoryKey} from '../oci/reference.ts';
import {edgesAt, type BaseOptions} from './at-commit.ts';
import type {Change} from './documents.ts';
import type {Edge} from './edges.ts';
import type {ManifestSource} from './load.ts';
import {byCodePoint} from './thin-tree.ts';

/** What was removed or moved since `ref`, sorted. Raises what edgesAt raises. */
export async function changesSince(
  ref: string,
  source: ManifestSource,
  options: BaseOptions & {readonly edges: readonly Edge[]},
): Promise<Change[]> {
  return changesBetween(await edgesAt(ref, source, options), options.edges);
}

/** The same for two sets of edges. What concerns several destinations alike is told once. */
function changesBetween(before: readonly Edge[], after: readonly Edge[]): Change[] {
  const now = indexOf(after);
  const changes = new Map<string, Unworded>();
  for (const edge of before) {
    const change = changeOf(edge, now);
    if (change === undefined) continue;
    const key = [change.kind, change.image, change.digest, change.tag, change.movedTo].join(' ');
    const known = changes.get(key);
    const destinations = [...new Set([...(known?.destinations ?? []), ...change.destinations])];
    changes.set(key, {...(known ?? change), destinations});
  }
  return [...changes.values()].map(withMessage).sort(inOrder);
}

interface Index {
  /** By repository: the first edge into it. */
  readonly repositories: ReadonlyMap<string, Edge>;
  readonly digests: ReadonlySet<string>;
  readonly tags: ReadonlyMap<string, Edge>;
}

function indexOf(edges: readonly Edge[]): Index {
  const repositories = new Map<string, Edge>();
  const digests = new Set<string>();
  const tags = new Map<string, Edge>();
  for (const edge of edges) {
    const repository = repositoryKey(edge.destination.repository);
    if (!repositories.has(repository)) repositories.set(repository, edge);
    digests.add(`${repository} ${edge.digest}`);
    if (edge.tag !== undefined) tags.set(`${repository} ${edge.tag}`, edge);
  }
  return {repositories, digests, tags};
}

type Unworded = Omit<Change, 'message'>;

function changeOf(edge: Edge, {repositories, digests, tags}: Index): Unworded | undefined {
  const repository = repositoryKey(edge.destination.repository);
  const {image, digest, tag} = edge;
  const {host, path} = edge.destination.repository;
  const base = {image, digest, tag: null, movedTo: null, destinations: [`${host}/${path}`]};
  const still = repositories.get(repository);
  if (still === undefined) {
    // one line for all of its digests
    return {...base, kind: 'image-removed', digest: null, file: edge.origin.file, line: 1, column: 1};
  }
  const tagged = tag === undefined ? undefined : tags.get(`${repository} ${tag}`);
  if (tag !== undefined && tagged !== undefined && tagged.digest !== digest)
    return {...base, kind: 'tag-moved', tag, movedTo: tagged.digest, ...placeOf(tagged)};
  if (!digests.has(`${repository} ${digest}`)) return {...base, kind: 'digest-removed', ...placeOf(still)};
  if (tag !== undefined && tagged === undefined)
    return {...base, kind: 'tag-removed', tag, ...placeOf(still)};
  return undefined;
}

const placeOf = ({origin: {file, line, column}}: Edge) => ({file, line, column});

function withMessage(change: Unworded): Change {
  const where = change.destinations.join(', ');
  return {...change, message: `${sentence(change)} (${where})`};
}

function sentence({kind, image, digest, tag, movedTo}: Unworded): string {
  switch (kind) {
    case 'image-removed':
      return `image ${image} is not promoted any more; what was promoted stays`;
    case 'digest-removed':
      return `${image}@${digest ?? ''} is not promoted any more; what was promoted stays`;
    case 'tag-removed':
      return `tag ${tag ?? ''} of ${image} is not promoted any more; where it stands it stays`;
    case 'tag-moved':
      return `tag ${tag ?? ''} of ${image} moves from ${digest ?? ''} to ${movedTo ?? ''}; where it stands it is not moved`;
  }
}

const inOrder = (one: Change, other: Change): number =>
  byCodePoint(one.file, other.file) || one.line - other.line || byCodePoint(one.message, other.message);
