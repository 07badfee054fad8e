import type {RegistryName, RepositoryName} from '../oci/reference.ts';

/** What a registry or its token service is shown to prove an identity. */
export type Credential =
  | {readonly kind: 'anonymous'}
  | {readonly kind: 'basic'; readonly username: string; readonly password: string}
  /** An OAuth2 refresh token ("identity token" in docker's configuration): goes to the token service only. */
  | {readonly kind: 'identity-token'; readonly token: string}
  /** A token that the registry itself takes as `Authorization: Bearer`. */
  | {readonly kind: 'bearer'; readonly token: string};

export interface CredentialRequest {
  /** `host[:port]` as the user wrote it, lower case. */
  readonly host: string;
  /** The repository's path below the host. */
  readonly path: string;
  /** The registry refused what was supplied before: ask the origin again instead of a cache. */
  readonly renew?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Who corectl is for one environment. Tokens are cached by `id`, never by host alone: two environments on one
 * host have two identities.
 */
export interface Identity {
  readonly id: string;
  /** For messages: where the credential for the host came from (`docker config /home/me/.docker/config.json`). */
  describe(host: string, path: string): string;
  /** The error to raise when a registry refuses the identity, where more is known about the reason than the registry says. */
  explain?(host: string, path: string): Error | undefined;
  /** What to do when a registry refuses the identity, one sentence or command each; nothing where nothing special is known. */
  advice?(host: string, path: string): readonly string[];
  /** Raises, before anyone is asked, what keeps the identity from being taken to a registry. */
  checkRegistry?(registry: RegistryName): void;
  /** Raises `refused-realm` for a token service that a repository's credential is not for. */
  checkRealm?(repository: RepositoryName, realm: URL): void;
  /**
   * The credential for a repository as it is now: asked for before each use, so what is costly is kept, shared and renewed
   * behind it. Raises a CorectlError when its source cannot be read.
   */
  credential(request: CredentialRequest): Promise<Credential>;
}

/** What is shown where nothing is to be shown. */
export const anonymous: Credential = {kind: 'anonymous'};
