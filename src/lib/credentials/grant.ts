import type {Credential, CredentialRequest} from '../distribution/credential.ts';
import type {WireOptions} from '../http/wire.ts';
import type {Vendor} from './vendor.ts';

/** A credential with what is known about it. */
export interface Grant {
  readonly credential: Credential;
  /** Who the registry will see: an e-mail address, an ARN, a user name; null where only the registry knows. */
  readonly principal: string | null;
  /** Where it came from, for messages. */
  readonly origin: string;
  /** The cloud whose token it is; absent for a login of the registry's own. */
  readonly vendor?: Vendor | undefined;
  /** Its end, in milliseconds of the epoch; absent where nobody says. */
  readonly expires?: number | undefined;
  /** Why it is anonymous in a job that could be somebody. */
  readonly noIdToken?: 'no-id-token' | 'fork-pull-request' | undefined;
}

export interface GrantRequest extends CredentialRequest {
  readonly plainHttp: boolean;
  /** How services are reached. */
  readonly wire?: WireOptions | undefined;
}

export type RepositoryState = 'present' | 'missing' | 'created' | 'unknown';

/** One way to come by a credential that applies here. */
export interface GrantSource {
  /** Sources with the same key supply the same grant: it is obtained once for all of them. */
  readonly key: string;
  /** The grant is good for the registry that it was asked for, and no other. */
  readonly perHost?: boolean;
  /** As it is known before anything was obtained. */
  readonly origin: string;
  /** Gets a new one. Raises CorectlErrors. */
  obtain(request: GrantRequest): Promise<Grant>;
  /** Where repositories must exist before they are pushed to: looks for one and, if told to, creates a missing one. */
  ensureRepository?(path: string, create: boolean): Promise<RepositoryState>;
}

/** Looks whether a source applies, at the cost of a file or two; undefined where it does not. */
export type Candidate = () => GrantSource | undefined | Promise<GrantSource | undefined>;
