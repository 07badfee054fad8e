import type {Origin, Problem} from '../environments/model.ts';
import type {Digest} from '../oci/digest.ts';
import {isRepositoryPath, repositoryKey, type RepositoryName} from '../oci/reference.ts';
import type {Position, PromotedImage, PromoterManifest, Registry} from './manifest.ts';

/** One image's place in one registry. */
export interface Spot {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  /** One text for each repository, however its host is written. */
  readonly key: string;
}

/** One digest that is to be in one repository, there under a tag or without one. */
export interface Edge {
  readonly image: string;
  readonly digest: Digest;
  readonly tag: string | undefined;
  /** Where it may be read: more than one when several manifests promote it to the same place. */
  readonly sources: readonly (Spot & {readonly label: string})[];
  readonly destination: Spot;
  readonly origin: Origin;
}

/**
 * What the manifests promote: each digest and tag of each destination once, in the order of the manifests. A tag that is to
 * point to two digests is a problem, and so is a name that makes no repository.
 */
export function edgesOf(manifests: readonly PromoterManifest[]): {edges: Edge[]; problems: Problem[]} {
  const edges = new Map<string, Mutable>();
  const claims = new Map<string, {digest: Digest; origin: Origin}>();
  const problems = new Map<string, Problem>();
  for (const manifest of manifests) {
    for (const image of manifest.images) {
      const source = spotOf(manifest.source, image.name);
      if (!isRepositoryPath(source.repository.path)) {
        addTo(problems, tooLong(manifest, image, manifest.source));
        continue;
      }
      for (const registry of manifest.destinations) {
        const destination = spotOf(registry, image.name);
        if (!isRepositoryPath(destination.repository.path))
          addTo(problems, tooLong(manifest, image, registry));
        else
          addEdges({manifest, image, source, destination}, edges, (tag, digest, origin) => {
            const problem = claim(claims, {destination, tag, digest, origin});
            if (problem !== undefined) addTo(problems, problem);
          });
      }
    }
  }
  return {edges: [...edges.values()], problems: [...problems.values()]};
}

/** An image's place in a registry. */
export function spotOf(registry: Registry, name: string): Spot {
  const {host, path, plainHttp} = registry;
  const repository = {host, path: path === '' ? name : `${path}/${name}`, plainHttp};
  return {registry, repository, key: repositoryKey(repository)};
}

type Mutable = Edge & {sources: (Spot & {readonly label: string})[]};
type Claim = (tag: string, digest: Digest, origin: Origin) => void;

interface Context {
  readonly manifest: PromoterManifest;
  readonly image: PromotedImage;
  readonly source: Spot;
  readonly destination: Spot;
}

function addEdges(
  {manifest, image, source, destination}: Context,
  edges: Map<string, Mutable>,
  claim: Claim,
): void {
  const where = destination.key;
  for (const {digest, tags, ...at} of image.digests) {
    const named = tags.length === 0 ? [{tag: undefined, ...at}] : tags;
    for (const {tag, ...position} of named) {
      const origin = originOf(manifest, position);
      if (tag !== undefined) claim(tag, digest, origin);
      const key = `${where} ${digest} ${tag ?? ''}`;
      const known = edges.get(key);
      const from = {...source, label: manifest.label};
      if (known === undefined)
        edges.set(key, {image: image.name, digest, tag, sources: [from], destination, origin});
      else if (!known.sources.some(({key}) => key === source.key)) known.sources.push(from);
    }
  }
}

interface TagClaim {
  readonly destination: Spot;
  readonly tag: string;
  readonly digest: Digest;
  readonly origin: Origin;
}

function claim(
  claims: Map<string, {digest: Digest; origin: Origin}>,
  {destination, tag, digest, origin}: TagClaim,
): Problem | undefined {
  const key = `${destination.key} ${tag}`;
  const first = claims.get(key);
  if (first === undefined) claims.set(key, {digest, origin});
  if (first === undefined || first.digest === digest) return undefined;
  const {host, path} = destination.repository;
  return {
    ...origin,
    message: `expected one digest for ${host}/${path}:${tag}, found ${digest} here and ${first.digest} in ${first.origin.file}:${first.origin.line}`,
  };
}

function tooLong(manifest: PromoterManifest, image: PromotedImage, registry: Registry): Problem {
  return {
    ...originOf(manifest, image),
    message: `expected a repository of at most 255 characters, found ${registry.path}/${image.name}`,
  };
}

const originOf = ({imagesFile}: PromoterManifest, {line, column}: Position): Origin => ({
  file: imagesFile,
  line,
  column,
  key: '',
});

/** What is said of one line for three destinations is said once. */
function addTo(problems: Map<string, Problem>, problem: Problem): void {
  const key = `${problem.file}:${problem.line}:${problem.column}`;
  if (!problems.has(key)) problems.set(key, problem);
}
