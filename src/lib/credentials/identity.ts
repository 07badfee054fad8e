import {hide} from '../hidden.ts';
import {anonymous, type CredentialRequest, type Identity} from '../distribution/credential.ts';
import {dockerGrant} from './docker/source.ts';
import type {DockerLogins} from './docker/logins.ts';
import {credentialFailure, troubles} from './failures.ts';
import {idTokenLack} from './github.ts';
import type {Candidate, Grant, GrantRequest, RepositoryState, Source} from './grant.ts';
import type {GrantPool} from './grant-pool.ts';
import {secretIn, type Teller} from './secrets.ts';
import {isRegistryOf, loginAdvice, type Vendor} from './vendor.ts';

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
  /** The cloud whose sources come first, for a registry's host. */
  readonly vendor?: Vendor;
  readonly candidates?: (host: string) => readonly Candidate[];
  /** The cloud's sources are the only ones, on whatever host. */
  readonly only?: boolean;
  /** Docker's logins come next; without them, and without a cloud, everything is anonymous. */
  readonly docker?: DockerLogins;
}

/**
 * An identity by a chain: the first source that applies is taken, and its failure is the identity's. A repository without any
 * is asked anonymously; a login that is refused is never dropped for that.
 */
export function chainIdentity(chain: Chain): EnvironmentIdentity {
  const sources = new Map<string, Promise<Source | undefined>>();
  const grants = new Map<string, Grant>();
  const chosen = (host: string) => {
    const known = sources.get(host) ?? firstSource(chain, host);
    sources.set(host, known);
    return known;
  };
  const grant = async (request: CredentialRequest): Promise<Grant> => {
    const source = await chosen(request.host);
    const found = await grantOf(chain, source, chain.request(request));
    hide(secretIn(found.credential));
    grants.set(`${request.host}/${request.path}`, found);
    return found;
  };
  return {
    id: chain.id,
    describe: (host, path) => described(chain, grants.get(`${host}/${path}`)),
    ...(chain.vendor !== undefined && {
      advice: (host, path) => adviceOf(chain, grants.get(`${host}/${path}`)),
    }),
    explain: (host, path) => {
      const lack = grants.get(`${host}/${path}`)?.lack;
      return lack && lackFailure(lack, host);
    },
    grant,
    credential: async (request) => (await grant(request)).credential,
    ensureRepository: async ({host, path}, create) =>
      (await (await chosen(host))?.ensureRepository?.(path, create)) ?? 'unknown',
  };
}

async function firstSource({vendor, only, candidates}: Chain, host: string): Promise<Source | undefined> {
  if (vendor === undefined || candidates === undefined) return undefined;
  if (only !== true && !isRegistryOf(vendor, host)) return undefined;
  for (const candidate of candidates(host)) {
    const source = await candidate();
    if (source !== undefined) return source;
  }
  return undefined;
}

async function grantOf(chain: Chain, source: Source | undefined, request: GrantRequest): Promise<Grant> {
  if (source !== undefined) return chain.pool.get(source, request);
  const {docker, teller} = chain;
  const login = docker && (await dockerGrant(docker, request, teller));
  return login ?? (await withoutLogin(chain, request));
}

/** Nobody is found to be: that is tried anonymously, unless the environment wants one kind of credential and no other. */
async function withoutLogin({vendor, only, env, docker}: Chain, {host}: GrantRequest): Promise<Grant> {
  const lack = vendor === undefined ? undefined : await idTokenLack(env);
  if (only === true)
    throw lack === undefined
      ? credentialFailure('no-credentials', `no ${String(vendor)} credential for ${host}`)
      : lackFailure(lack, host);
  const none = docker === undefined ? [] : [`docker configuration ${docker.file} has no login for ${host}`];
  const reasons = [...(lack === undefined ? [] : [lackWords[lack]]), ...none];
  const origin = reasons.length === 0 ? 'anonymous' : `anonymous, as ${reasons.join(' and ')}`;
  return {credential: anonymous, principal: null, origin, lack};
}

const lackFailure = (lack: NonNullable<Grant['lack']>, host: string): Error =>
  credentialFailure(lack, `no credential for ${host}: ${troubles[lack].meaning}`);

const lackWords = {
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

function adviceOf({vendor, role}: Chain, grant: Grant | undefined): readonly string[] {
  if (vendor === undefined) return [];
  if (grant?.credential.kind === 'anonymous') return [loginAdvice[vendor]];
  const {next} = troubles[role === 'source' ? 'pull-refused' : 'push-refused'];
  const who = grant?.principal ?? 'the identity';
  return [`check what ${who} may do there: ${next.join('; ')}`];
}
