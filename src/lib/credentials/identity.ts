import {hide} from '../hidden.ts';
import {registryUrl} from '../distribution/authorizer.ts';
import {anonymous, type CredentialRequest, type Identity} from '../distribution/credential.ts';
import {dockerGrant} from './docker/source.ts';
import type {DockerLogins} from './docker/logins.ts';
import {credentialTroubles} from '../credential-troubles.ts';
import {credentialFailure} from './failures.ts';
import {idTokenProblem} from './github.ts';
import type {RegistryName, RepositoryName} from '../oci/reference.ts';
import type {Candidate, Grant, GrantRequest, RepositoryState, GrantSource} from './grant.ts';
import type {GrantPool} from './grant-pool.ts';
import {refusedRealm} from '../distribution/realm.ts';
import {secretIn} from './secrets.ts';
import type {Teller} from './teller.ts';
import {mayBeShown, type Consents} from './consents.ts';
import {refuseUntrusted, trustAdvice} from './untrusted.ts';
import {loginAdvice, ownerOf, type Vendor} from './vendor.ts';

/** Who corectl is for one environment. */
export interface EnvironmentIdentity extends Identity {
  /** The credential with what is known about it. Raises as `credential` does. */
  grant(request: CredentialRequest): Promise<Grant>;
  /** Looks for a destination repository and, if told to, creates a missing one; `unknown` where that is not known. */
  ensureRepository(repository: {host: string; path: string}, create: boolean): Promise<RepositoryState>;
}

/** The links of one environment's chain, and what they share. */
export interface Chain {
  readonly id: string;
  readonly role: 'source' | 'destination';
  readonly env: NodeJS.ProcessEnv;
  readonly pool: GrantPool;
  readonly teller: Teller;
  readonly request: (request: CredentialRequest) => GrantRequest;
  /** Who is meant, for messages: `environment NAME (FILE:LINE:COLUMN KEY)`. */
  readonly whose: string;
  readonly consents: Consents;
  /** The cloud whose sources come first, for a registry's host. */
  readonly vendor?: Vendor;
  readonly candidates?: (host: string) => readonly Candidate[];
  /** The cloud's sources are the only ones. */
  readonly only?: boolean;
  /** Docker's logins come next; without them, and without a cloud, everything is anonymous. */
  readonly docker?: DockerLogins;
}

/**
 * An identity by a chain: the first source that applies is taken, and its failure is the identity's. A repository without any
 * is asked anonymously; a login that is refused is never dropped for that.
 */
export function chainIdentity(chain: Chain): EnvironmentIdentity {
  const grants = new Grants(chain);
  const {consents, vendor} = chain;
  return {
    id: chain.id,
    describe: (host, path) => described(chain, grants.latest({host, path})),
    ...(vendor !== undefined && {
      advice: (host, path) => adviceOf(chain, {host, vendor}, grants.latest({host, path})),
    }),
    explain: (host, path) => {
      const why = grants.latest({host, path})?.noIdToken;
      return why && idTokenFailure(why, host);
    },
    checkRegistry: (registry) => {
      checkRegistry(chain, registry);
    },
    checkRealm: (repository, realm) => {
      const cloud = grants.latest(repository)?.vendor;
      if (cloud !== undefined) refuseForeignRealm(repository, realm, {cloud, consents});
    },
    grant: async (request) => grants.obtain(chain.request(request)),
    credential: async (request) => (await grants.obtain(chain.request(request))).credential,
    ensureRepository: async ({host, path}, create) => {
      const source = await grants.sourceFor(chain.request({host, path}));
      return (await source?.ensureRepository?.(path, create)) ?? 'unknown';
    },
  };
}

/** What a chain grants: by one source for each registry, chosen once. A registry that lacks the user's consent gets nothing. */
class Grants {
  readonly #chain: Chain;
  readonly #sources = new Map<string, Promise<GrantSource | undefined>>();
  readonly #latest = new Map<string, Grant>();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** The source that applies to a registry, if one does. Raises `untrusted-host` and `untrusted-http`. */
  async sourceFor(registry: RegistryName): Promise<GrantSource | undefined> {
    checkRegistry(this.#chain, registry);
    const known = this.#sources.get(registry.host) ?? firstSource(this.#chain, registry);
    this.#sources.set(registry.host, known);
    return known;
  }

  async obtain(request: GrantRequest): Promise<Grant> {
    const source = await this.sourceFor(request);
    const grant = await grantOf(this.#chain, source, request);
    hide(secretIn(grant.credential));
    this.#latest.set(`${request.host}/${request.path}`, grant);
    return grant;
  }

  /** What a repository was granted last. */
  latest({host, path}: {readonly host: string; readonly path: string}): Grant | undefined {
    return this.#latest.get(`${host}/${path}`);
  }
}

function checkRegistry({whose, consents, only, vendor}: Chain, registry: RegistryName): void {
  refuseUntrusted(registry, {whose, consents, ...(only && {vendor})});
}

/** A cloud's registry names a token service of the cloud's; one that the user vouches for, itself or another such host. */
function refuseForeignRealm(
  repository: RepositoryName,
  realm: URL,
  {cloud, consents}: {readonly cloud: Vendor; readonly consents: Consents},
): void {
  const registry = registryUrl(repository);
  const service = {host: realm.host, plainHttp: realm.protocol === 'http:'};
  if (realm.host === registry.host || mayBeShown(cloud, service, consents)) return;
  throw refusedRealm(registry, realm.origin, `a token of ${ownerOf[cloud]} is not for that host`);
}

async function firstSource(
  {vendor, candidates, consents}: Chain,
  registry: RegistryName,
): Promise<GrantSource | undefined> {
  if (vendor === undefined || candidates === undefined) return undefined;
  if (!mayBeShown(vendor, registry, consents)) return undefined;
  for (const candidate of candidates(registry.host)) {
    const source = await candidate();
    if (source !== undefined) return source;
  }
  return undefined;
}

async function grantOf(chain: Chain, source: GrantSource | undefined, request: GrantRequest): Promise<Grant> {
  const {docker, teller, vendor} = chain;
  if (source !== undefined) return {...(await chain.pool.get(source, request)), vendor};
  const login = docker && (await dockerGrant(docker, request, teller));
  return login ?? (await withoutLogin(chain, request));
}

/** Nobody is found to be: that is tried anonymously, unless the environment wants one kind of credential and no other. */
async function withoutLogin(chain: Chain, registry: GrantRequest): Promise<Grant> {
  const {vendor, only, env, docker, consents} = chain;
  const {host} = registry;
  const isTrusted = vendor !== undefined && mayBeShown(vendor, registry, consents);
  const noIdToken = isTrusted ? await idTokenProblem(env) : undefined;
  if (only === true)
    throw noIdToken === undefined
      ? credentialFailure('no-credentials', `no ${String(vendor)} credential for ${host}`)
      : idTokenFailure(noIdToken, host);
  const none = docker === undefined ? [] : [`docker configuration ${docker.file} has no login for ${host}`];
  const kept = vendor === undefined || isTrusted ? [] : [`no token of ${ownerOf[vendor]} goes to ${host}`];
  const reasons = [...(noIdToken === undefined ? [] : [noIdTokenWords[noIdToken]]), ...kept, ...none];
  const origin = reasons.length === 0 ? 'anonymous' : `anonymous, as ${reasons.join(' and ')}`;
  return {credential: anonymous, principal: null, origin, noIdToken};
}

const idTokenFailure = (why: NonNullable<Grant['noIdToken']>, host: string): Error =>
  credentialFailure(why, `no credential for ${host}: ${credentialTroubles[why].meaning}`);

/** As part of a sentence. */
const noIdTokenWords = {
  'no-id-token': 'the job may not ask for an id-token',
  'fork-pull-request': "a fork's pull request gets no id-token",
} as const;

function described({docker, vendor}: Chain, grant: Grant | undefined): string {
  if (grant !== undefined) return grant.principal === null ? grant.origin : withPrincipal(grant);
  if (docker !== undefined) return `docker configuration ${docker.file}`;
  return vendor === undefined ? 'anonymous' : `${vendor} credentials`;
}

/** Docker's user names are in its files; a cloud's account says who is to be given a role. */
const withPrincipal = ({credential, principal, origin}: Grant): string =>
  credential.kind === 'basic' && credential.username === principal
    ? origin
    : `${String(principal)}, ${origin}`;

function adviceOf(
  {role, consents, request}: Chain,
  {host, vendor}: {readonly host: string; readonly vendor: Vendor},
  grant: Grant | undefined,
): readonly string[] {
  if (grant?.credential.kind === 'anonymous') {
    const isTrusted = mayBeShown(vendor, request({host, path: ''}), consents);
    return isTrusted ? [loginAdvice[vendor]] : [`docker login ${host}`, trustAdvice(host, consents)];
  }
  // a cloud's roles mend no wrong password
  if (grant?.origin.startsWith('docker') === true)
    return [`log in again (docker login ${host}), or check what this login may do there`];
  const {next} = credentialTroubles[role === 'source' ? 'pull-refused' : 'push-refused'];
  const who = grant?.principal ?? 'the identity';
  return [`check what ${who} may do there: ${next.join('; ')}`];
}
