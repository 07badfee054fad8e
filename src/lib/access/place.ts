import type {Environment} from '../environments/model.ts';
import type {Digest} from '../oci/digest.ts';
import type {RepositoryName, Tag} from '../oci/reference.ts';

/** One repository of one environment, or of a registry that was named instead. */
export interface Place {
  /** Null where a registry was named. */
  readonly environment: Environment | null;
  /** For messages and progress: the names of its environments, or the registry. */
  readonly label: string;
  /** Null where nothing says which stage it is. */
  readonly stage: string | null;
  readonly repository: RepositoryName;
  /** Further environments that have the same repository. */
  readonly alsoFor?: readonly Environment[];
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

/** One image there. */
export interface ImagePlace extends Place {
  /** The tag, or the digest of an image that is named by it alone. */
  readonly target: Tag | Digest;
  /** `HOST/REPOSITORY:TAG` */
  readonly reference: string;
}

/** Where an image is to be. */
export interface Destination extends ImagePlace {
  /** Tags besides the target, which float. */
  readonly extraTags?: readonly Tag[];
}
