import type {Origin, Problem} from '../environments/model.ts';
import type {Digest} from '../oci/digest.ts';
import {isRepositoryPath, repositoryKey, type Tag} from '../oci/reference.ts';
import type {Place} from '../access/place.ts';
import {placeIn} from './places.ts';
import type {Position, PromotedImage, PromoterManifest, Registry} from './manifest.ts';

/** One digest that is to be in one repository, there under a tag or without one. */
export interface Edge {
  readonly image: string;
  readonly digest: Digest;
  /** Absent for a digest that is promoted without a tag. */
  readonly tag: Tag | undefined;
  /** Where it may be read: more than one when several manifests promote it to the same place. */
  readonly sources: readonly [Place, ...Place[]];
  readonly destination: Place;
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
      const source = placeIn(manifest.source, image.name);
      if (!isRepositoryPath(source.repository.path)) {
        addTo(problems, tooLong(manifest, image, manifest.source));
        continue;
      }
      for (const registry of manifest.destinations) {
        const destination = placeIn(registry, image.name);
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

type Mutable = Edge & {sources: [Place, ...Place[]]};
type Claim = (tag: Tag, digest: Digest, origin: Origin) => void;

interface Context {
  readonly manifest: PromoterManifest;
  readonly image: PromotedImage;
  readonly source: Place;
  readonly destination: Place;
}

function addEdges(
  {manifest, image, source, destination}: Context,
  edges: Map<string, Mutable>,
  claim: Claim,
): void {
  const where = repositoryKey(destination.repository);
  for (const {digest, tags, ...at} of image.digests) {
    const named = tags.length === 0 ? [{tag: undefined, ...at}] : tags;
    for (const {tag, ...position} of named) {
      const origin = originOf(manifest, position);
      if (tag !== undefined) claim(tag, digest, origin);
      const key = `${where} ${digest} ${tag ?? ''}`;
      const known = edges.get(key);
      if (known === undefined)
        edges.set(key, {image: image.name, digest, tag, sources: [source], destination, origin});
      else if (!known.sources.some((one) => isSame(one, source))) known.sources.push(source);
    }
  }
}

const isSame = (one: Place, other: Place): boolean =>
  repositoryKey(one.repository) === repositoryKey(other.repository);

interface TagClaim {
  readonly destination: Place;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly origin: Origin;
}

function claim(
  claims: Map<string, {digest: Digest; origin: Origin}>,
  {destination, tag, digest, origin}: TagClaim,
): Problem | undefined {
  const key = `${repositoryKey(destination.repository)} ${tag}`;
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
