import type {Environment} from '../environments/model.ts';
import type {RepositoryName} from '../oci/reference.ts';

/** One image in one repository of one environment. */
export interface Place {
  /** Null where the user gave a registry instead of an environment. */
  readonly environment: Environment | null;
  /** For messages and progress: the environment's name, or the registry. */
  readonly label: string;
  readonly stage: string;
  readonly repository: RepositoryName;
  /** The tag, or the digest of an image that is named by it alone. */
  readonly target: string;
  /** `HOST/REPOSITORY:TAG` */
  readonly reference: string;
  /** Tags besides the target, which float. */
  readonly extraTags?: readonly string[];
}
