import type {AccessToken} from '../access-token.ts';
import type {Via} from '../service.ts';

/** Who corectl becomes by a credential file of Google's, or by a part of one. */
export interface FileIdentity {
  /** The e-mail address, where the file tells it: of the service account that is impersonated, if one is. */
  readonly principal: string | null;
  readonly token: (via: Via) => Promise<AccessToken>;
}
