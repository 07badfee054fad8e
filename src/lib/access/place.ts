import type {Environment} from '../environments/model.ts';
import type {Digest} from '../oci/digest.ts';
import {
  isLayout,
  type LayoutDirectory,
  type Repository,
  type RepositoryName,
  type Tag,
} from '../oci/reference.ts';

/** One repository of one environment, or of a registry or folder that was named instead. */
export interface Place {
  /** Null where a registry or folder was named. */
  readonly environment: Environment | null;
  /** For messages and progress: the names of its environments, or the registry. */
  readonly label: string;
  /** Null where nothing says which stage it is. */
  readonly stage: string | null;
  readonly repository: Repository;
  /** Further environments that have the same repository. */
  readonly alsoFor?: readonly Environment[];
}

/** A place on a registry: somebody has to log in there. */
export type RegistryPlace = Place & {readonly repository: RepositoryName};

/** One that is a folder. */
export type LayoutPlace = Pick<Place, 'environment'> & {readonly repository: LayoutDirectory};

/** The place where it is on a registry; undefined for a layout in a folder. */
export function onRegistry(place: Place): RegistryPlace | undefined {
  const {repository} = place;
  return isLayout(repository) ? undefined : {...place, repository};
}

/** The environments that a place is the repository of; none for a registry that was named. */
export function environmentsOf({environment, alsoFor = []}: Place): readonly Environment[] {
  return environment === null ? [] : [environment, ...alsoFor];
}

/** What a place is called by: its environments' names, or its registry's. */
export function namesOf(place: Place): readonly string[] {
  const names = environmentsOf(place).map(({name}) => name);
  return names.length > 0 ? names : [place.label];
}

/** One image in a place, by tag or digest. */
export interface ImagePlace extends Place {
  /** The tag, or the digest of an image that is named by it alone. */
  readonly tagOrDigest: Tag | Digest;
  /** `HOST/REPOSITORY:TAG`, or `oci:PATH:TAG` */
  readonly reference: string;
}

/** A place that an image is promoted to. */
export interface Destination extends ImagePlace {
  /** Tags besides its own, which float. */
  readonly extraTags?: readonly Tag[];
}
