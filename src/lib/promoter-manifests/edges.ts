import type {Origin, Problem} from '../environments/model.ts';
import type {Position} from '../environments/reading/yaml.ts';
import type {Digest} from '../oci/digest.ts';
import {isRepositoryPath, repositoryKey, type Tag} from '../oci/reference.ts';
import type {RegistryPlace} from '../access/place.ts';
import {placeIn} from './places.ts';
import type {PromotedImage, PromoterManifest} from './manifest.ts';

/** One digest that is to be in one repository, there under a tag or without one. */
export interface Edge {
  readonly image: string;
  readonly digest: Digest;
  /** Absent for a digest that is promoted without a tag. */
  readonly tag: Tag | undefined;
  /** Where it may be read: more than one when several manifests promote it to the same place. */
  readonly sources: readonly [RegistryPlace, ...RegistryPlace[]];
  readonly destination: RegistryPlace;
  readonly origin: Origin;
}

/**
 * What the manifests promote: each digest and tag of each destination once, in the order of the manifests. A tag that is to
 * point to two digests is a problem, and so is a name that makes no repository.
 */
export function edgesOf(manifests: readonly PromoterManifest[]): {edges: Edge[]; problems: Problem[]} {
  const found: Found = {edges: new Map(), claims: new Map(), problems: new Map()};
  for (const route of manifests.flatMap(routesOf)) {
    const long = [route.source, route.destination].find(({repository}) => !isRepositoryPath(repository.path));
    if (long === undefined) for (const wanted of wantedBy(route)) addEdge(found, route, wanted);
    else addProblem(found, tooLong(route, long));
  }
  return {edges: [...found.edges.values()], problems: [...found.problems.values()]};
}

interface Found {
  readonly edges: Map<string, Edge & {sources: [RegistryPlace, ...RegistryPlace[]]}>;
  /** By repository and tag: the digest that wants it first. */
  readonly claims: Map<string, Wanted>;
  readonly problems: Map<string, Problem>;
}

/** An image's way from a manifest's source to one of its destinations. */
interface Route {
  readonly manifest: PromoterManifest;
  readonly image: PromotedImage;
  readonly source: RegistryPlace;
  readonly destination: RegistryPlace;
}

/** What a line of a manifest wants to be there. */
type Wanted = Pick<Edge, 'digest' | 'tag' | 'origin'>;

function routesOf(manifest: PromoterManifest): Route[] {
  return manifest.images.flatMap((image) => {
    const source = placeIn(manifest.source, image.name);
    return manifest.destinations.map((registry) => ({
      manifest,
      image,
      source,
      destination: placeIn(registry, image.name),
    }));
  });
}

function wantedBy({manifest, image}: Route): Wanted[] {
  return image.digests.flatMap(({digest, tags, ...at}): Wanted[] =>
    tags.length === 0
      ? [{digest, tag: undefined, origin: originOf(manifest, at)}]
      : tags.map(({tag, ...position}) => ({digest, tag, origin: originOf(manifest, position)})),
  );
}

function addEdge(found: Found, {image, source, destination}: Route, wanted: Wanted): void {
  const {digest, tag} = wanted;
  const repository = repositoryKey(destination.repository);
  if (tag !== undefined) {
    const first = found.claims.get(`${repository} ${tag}`) ?? wanted;
    found.claims.set(`${repository} ${tag}`, first);
    if (first.digest !== digest) addProblem(found, twoDigests(destination, first, wanted));
  }
  const key = `${repository} ${digest} ${tag ?? ''}`;
  const known = found.edges.get(key);
  if (known === undefined)
    found.edges.set(key, {image: image.name, ...wanted, sources: [source], destination});
  else if (!known.sources.some((one) => isSame(one, source))) known.sources.push(source);
}

const isSame = (one: RegistryPlace, other: RegistryPlace): boolean =>
  repositoryKey(one.repository) === repositoryKey(other.repository);

function twoDigests(
  {repository: {host, path}}: RegistryPlace,
  first: Wanted,
  {digest, tag, origin}: Wanted,
): Problem {
  return {
    ...origin,
    message: `expected one digest for ${host}/${path}:${String(tag)}, found ${digest} here and ${first.digest} in ${first.origin.file}:${first.origin.line}`,
  };
}

function tooLong({manifest, image}: Route, {repository}: RegistryPlace): Problem {
  return {
    ...originOf(manifest, image),
    message: `expected a repository of at most 255 characters, found ${repository.path}`,
  };
}

const originOf = ({imagesFile}: PromoterManifest, {line, column}: Position): Origin => ({
  file: imagesFile,
  line,
  column,
  key: '',
});

/** What is said of one line for three destinations is said once. */
function addProblem({problems}: Found, problem: Problem): void {
  const key = `${problem.file}:${problem.line}:${problem.column}`;
  if (!problems.has(key)) problems.set(key, problem);
}
