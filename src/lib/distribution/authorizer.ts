import type {IncomingMessage} from 'node:http';
import {isDeepStrictEqual} from 'node:util';
import {challengesOf, type Challenge} from '../http/challenge.ts';
import type {Credential, Identity} from './credential.ts';
import {OciError, ociError} from '../oci-error.ts';
import type {Pace} from '../http/pace.ts';
import type {RegistryName, RepositoryName} from '../oci/reference.ts';
import {tokenService} from './realm.ts';
import {defaultRetryPolicy, retrying, type RetryPolicy} from '../http/retry.ts';
import {basicAuthorization, fetchToken, type Token} from './token.ts';
import {discard, type Wire} from '../http/wire.ts';

/**
 * Authorization headers for one identity. What it learned is kept by host, repository and scope; nothing of it is shared
 * with another identity on the same host.
 */
export class Authorizer {
  readonly identity: Identity;
  readonly #wire: Wire;
  readonly #pace: Pace;
  readonly #policy: RetryPolicy;
  /** By registry origin: what it asked for last. */
  readonly #challenges = new Map<string, Challenge>();
  /** By registry origin: what requests may need at most, where a registry found a token for less insufficient. */
  readonly #insufficient = new Set<string>();
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(identity: Identity, wire: Wire, pace: Pace, policy: RetryPolicy = defaultRetryPolicy) {
    this.identity = identity;
    this.#wire = wire;
    this.#pace = pace;
    this.#policy = policy;
  }

  /**
   * The Authorization header for a request, or undefined as long as the registry has not asked for any. Raises `unauthorized`
   * for a credential of another kind than the registry wants, and what the identity and fetchToken raise.
   */
  async authorization(
    repository: RepositoryName,
    {scopes, atMost = scopes}: Scopes,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const registry = registryUrl(repository);
    const challenge = this.#challenges.get(registry.origin);
    if (challenge === undefined) return undefined;
    const credential = await this.#credential(repository);
    if (challenge.scheme === 'basic') {
      if (credential.kind !== 'basic')
        throw this.refused(repository, 'the registry wants a user name and password');
      return basicAuthorization(credential);
    }
    if (credential.kind === 'bearer') return `Bearer ${credential.token}`;
    const wanted = this.#insufficient.has(scopeKey(registry, atMost)) ? atMost : scopes;
    return `Bearer ${(await this.#token({repository, challenge, credential, scopes: wanted, signal})).value}`;
  }

  /**
   * Takes in a 401: learns what the registry asks for and forgets what it refused (`sent`, the header that was used). That a
   * token allows too little is believed; what it is to allow is not the registry's to say. Raises `unauthorized` when there
   * is nothing to answer with.
   */
  async challenged(
    repository: RepositoryName,
    response: IncomingMessage,
    {sent, atMost, signal}: Refused,
  ): Promise<void> {
    discard(response);
    const registry = registryUrl(repository);
    const challenge =
      usable(response) ?? (await this.#ping(registry, signal)) ?? this.#challenges.get(registry.origin);
    if (challenge === undefined)
      throw this.refused(repository, 'the registry refuses and does not say what it wants');
    // not learned when it cannot be met: one request may want what the others do not
    if (challenge.scheme === 'basic' && (await this.#credential(repository)).kind !== 'basic')
      throw this.refused(repository, 'the registry wants a user name and password');
    this.#challenges.set(registry.origin, challenge);
    if (challenge.parameters.get('error') === 'insufficient_scope')
      this.#insufficient.add(scopeKey(registry, atMost));
    if (sent !== undefined) await this.#forget(repository, sent);
  }

  /** The error for an identity that a registry does not take. Raises what the identity itself has to say, if it has. */
  refused(repository: RepositoryName, why: string): OciError {
    const {host, path} = repository;
    const refusal = ociError('unauthorized', `${host}/${path}: ${why}`, {
      status: 401,
      suggestions: [`log in (docker login ${host}), or check that this identity may use the repository`],
    });
    return this.explained(repository, refusal);
  }

  /** A refusal with who was refused and what to do about it. Raises what the identity itself has to say, if it has. */
  explained({host, path}: RepositoryName, refusal: OciError): OciError {
    const explained = this.identity.explain?.(host, path);
    if (explained !== undefined) throw explained;
    return refusal.with({
      message: `${refusal.message} (credentials: ${this.identity.describe(host, path)})`,
      suggestions: this.identity.advice?.(host, path) ?? refusal.suggestions,
    });
  }

  #credential(repository: RepositoryName, renew = false): Promise<Credential> {
    const {host, path} = repository;
    return this.identity.credential({host, path, renew});
  }

  async #token({repository, challenge, credential, scopes, signal}: TokenNeed): Promise<Token> {
    const registry = registryUrl(repository);
    const key = scopeKey(registry, scopes);
    const known = this.#tokens.get(key);
    if (known !== undefined && (await known).expires > performance.now()) return known;
    // someone else may have begun a fetch while this one waited
    const current = this.#tokens.get(key);
    if (current !== undefined && current !== known) return current;
    const realm = tokenService(challenge.parameters.get('realm'), registry);
    this.identity.checkRealm?.(repository, realm);
    // requests hold slots of the registry while they wait for a token: those for tokens have slots of their own
    const host = `tokens of ${realm.host}`;
    const fetchAs = (shown: Credential) =>
      retrying({policy: this.#policy, pace: this.#pace, host, signal}, () =>
        this.#pace.run(
          host,
          () => fetchToken(this.#wire, {challenge, credential: shown, scopes, registry, signal}),
          signal,
        ),
      );
    const fetched = this.#renewing(repository, credential, fetchAs);
    this.#tokens.set(key, fetched);
    fetched.catch(() => this.#tokens.delete(key));
    return fetched;
  }

  /** A token service may refuse a credential that has ended by now: it is shown a new one, once. */
  async #renewing<T>(
    repository: RepositoryName,
    credential: Credential,
    fetchAs: (credential: Credential) => Promise<T>,
  ): Promise<T> {
    try {
      return await fetchAs(credential);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const fresh = credential.kind === 'anonymous' ? credential : await this.#credential(repository, true);
      if (isDeepStrictEqual(fresh, credential)) throw this.explained(repository, error);
      return fetchAs(fresh).catch((again: unknown) => {
        throw isRefusal(again) ? this.explained(repository, again) : again;
      });
    }
  }

  /** Forgets a refused token or credential, unless someone else has replaced it by now. */
  async #forget(repository: RepositoryName, sent: string): Promise<void> {
    const credential = await this.#credential(repository);
    if (credential.kind === 'bearer' || sent.startsWith('Basic ')) {
      if (sent === directHeader(credential)) await this.#credential(repository, true);
      return;
    }
    for (const [key, token] of this.#tokens) {
      const value = await token.then(
        ({value}) => value,
        () => undefined,
      );
      if (value !== undefined && sent === `Bearer ${value}`) this.#tokens.delete(key);
    }
  }

  /** Some registries send the challenge with /v2/ alone. */
  async #ping(registry: URL, signal?: AbortSignal): Promise<Challenge | undefined> {
    const response = await this.#wire.send({method: 'GET', url: new URL('/v2/', registry), signal});
    discard(response);
    return response.statusCode === 401 ? usable(response) : undefined;
  }
}

const isRefusal = (error: unknown): error is OciError =>
  error instanceof OciError && (error.status === 401 || error.status === 403);

/** `https://host` of a registry, or http where the repository says so; the same URL each time, not to be changed. */
export function registryUrl({host, plainHttp}: RegistryName): URL {
  const apiHost = host === 'docker.io' || host === 'index.docker.io' ? 'registry-1.docker.io' : host;
  const text = `${plainHttp ? 'http' : 'https'}://${apiHost}/`;
  const url = registryUrls.get(text) ?? new URL(text);
  registryUrls.set(text, url);
  return url;
}

/** As many as there are registries. Each request asks for its own several times, and parsing costs more than looking. */
const registryUrls = new Map<string, URL>();

/** The header of a credential that goes to the registry itself. */
function directHeader(credential: Credential): string | undefined {
  if (credential.kind === 'bearer') return `Bearer ${credential.token}`;
  return credential.kind === 'basic' ? basicAuthorization(credential) : undefined;
}

const scopeKey = ({origin}: URL, scopes: readonly string[]): string => `${origin} ${scopes.join(' ')}`;

/** What a token is asked to allow. */
export interface Scopes {
  readonly scopes: readonly string[];
  /** What the request may need where a registry finds that insufficient; the same unless told otherwise. */
  readonly atMost?: readonly string[];
}

interface Refused {
  readonly sent: string | undefined;
  readonly atMost: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

interface TokenNeed {
  readonly repository: RepositoryName;
  readonly challenge: Challenge;
  readonly credential: Credential;
  readonly scopes: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Bearer before Basic; schemes that corectl does not speak are passed over. */
function usable(response: IncomingMessage): Challenge | undefined {
  const challenges = challengesOf(response.rawHeaders);
  return ['bearer', 'basic'].map((scheme) => challenges.find((one) => one.scheme === scheme)).find(Boolean);
}
