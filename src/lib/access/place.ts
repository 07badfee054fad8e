import type {Environment} from '../environments/model.ts';
import type {Digest} from '../oci/digest.ts';
import type {RepositoryName, Tag} from '../oci/reference.ts';

/** One repository of one environment, or of a registry that was named instead. */
export interface Place {
  /** Null where a registry was named. */
  readonly environment: Environment | null;
  /** For messages and progress: the environment's name, or the registry. */
  readonly label: string;
  /** Null where nothing says which stage it is. */
  readonly stage: string | null;
  readonly repository: RepositoryName;
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
