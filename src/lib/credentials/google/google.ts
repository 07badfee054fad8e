import {access} from 'node:fs/promises';
import path from 'node:path';
import type {Platform} from '../../environments/model.ts';
import {tenantIdentity} from '../../environments/tenant-identity.ts';
import {hide} from '../../hidden.ts';
import {jsonIn, readCredentialFile} from '../credential-file.ts';
import {credentialFailure} from '../failures.ts';
import {gcloudFolder, gcloudToken, gcloudWithLogin} from './gcloud.ts';
import {hasIdToken} from '../github.ts';
import {federatedToken} from './federation.ts';
import {impersonate, impersonationOf} from './impersonation.ts';
import {googleFileIdentity} from './file.ts';
import type {FileIdentity} from './file-identity.ts';
import {isGoogleMachine, machineToken} from './machine.ts';
import type {AccessToken} from '../access-token.ts';
import type {Candidate, Grant, GrantSource} from '../grant.ts';
import {secretIn, warnOfReadable} from '../secrets.ts';
import type {Teller} from '../teller.ts';
import {serviceUrl, type Via} from '../service.ts';
import {variable} from '../variable.ts';

export interface GoogleContext {
  readonly role: 'source' | 'destination';
  readonly env: NodeJS.ProcessEnv;
  readonly teller: Teller;
  readonly platform: Extract<Platform, {vendor: 'gcp'}> | undefined;
  readonly tenant: string | undefined;
  /** Whether DEST_ACCESS_TOKEN can be meant: there is one destination environment. */
  readonly singleDestination: boolean;
  /** A service account to act as, by whichever identity is found. */
  readonly impersonate?: string | undefined;
}

/** The sources of Google credentials in the order in which they are looked for. */
export function googleCandidates(context: GoogleContext): Candidate[] {
  const found = [tokenVariable, federation, applicationDefault, machine, gcloud];
  return found.map((find) => async () => impersonating(context, await find(context)));
}

/**
 * An access token of whoever runs corectl, for what is no environment's: application default credentials, the machine's service
 * account, or gcloud's login. Raises `no-credentials` and what its source raises.
 */
export async function ownGoogleToken(
  context: Pick<GoogleContext, 'env' | 'teller'>,
  {wire}: Pick<Via, 'wire'>,
): Promise<AccessToken> {
  for (const find of [applicationDefault, machine, gcloud]) {
    const source = await find(context);
    if (source === undefined) continue;
    const {credential, expires} = await source.obtain({host: '', path: '', plainHttp: false, wire});
    const token = secretIn(credential);
    hide(token);
    return {token, expires};
  }
  throw credentialFailure('no-credentials', 'no Google credential for Cloud KMS');
}

/** Google's Cloud KMS, or gcloud's override of its address. Raises `insecure-endpoint`. */
export function cloudKmsUrl(env: NodeJS.ProcessEnv): URL {
  const name = 'CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS';
  const url = serviceUrl(variable(env, name) ?? 'https://cloudkms.googleapis.com/', name);
  return url.pathname.endsWith('/') ? url : new URL(`${url.href}/`);
}

/** The source as it is or, where an account is to be impersonated, that account by means of it. */
function impersonating(
  {env, impersonate: account}: GoogleContext,
  source: GrantSource | undefined,
): GrantSource | undefined {
  if (account === undefined || source === undefined) return source;
  const impersonation = impersonationOf(env, account);
  return {
    key: `${source.key} as ${account}`,
    origin: `impersonated by ${source.origin}`,
    obtain: async (via) => {
      const {credential, origin, principal} = await source.obtain(via);
      const token = credential.kind === 'basic' ? credential.password : '';
      return grant(
        await impersonate(impersonation, {token}, via),
        account,
        `impersonated by ${principal ?? origin}`,
      );
    },
  };
}

/** The source for a credential file's identity. */
export function googleFileSource(file: string, identity: FileIdentity, origin: string): GrantSource {
  return {
    key: `google file ${path.resolve(file)}`,
    origin,
    obtain: async (via) => grant(await identity.token(via), identity.principal, origin),
  };
}

function tokenVariable({role, env, teller, singleDestination}: GoogleContext): GrantSource | undefined {
  const name = role === 'source' ? 'SOURCE_ACCESS_TOKEN' : 'DEST_ACCESS_TOKEN';
  const token = variable(env, name)?.trim();
  if (token === undefined) return undefined;
  if (role === 'destination' && !singleDestination) {
    teller.warn(
      'DEST_ACCESS_TOKEN is for one destination environment; there are several here: it is not used',
    );
    return undefined;
  }
  return {key: `google ${name}`, origin: name, obtain: () => Promise.resolve(grant({token}, null, name))};
}

function federation({env, platform, tenant}: GoogleContext): GrantSource | undefined {
  if (!hasIdToken(env) || platform === undefined || tenant === undefined) return undefined;
  const identity = tenantIdentity(platform, tenant);
  if (identity === undefined) return undefined;
  const origin = `GitHub id-token, workload identity federation (${identity.provider})`;
  return {
    key: `google federation ${identity.provider} ${identity.account}`,
    origin,
    obtain: async (via) => grant(await federatedToken(identity, {env, via}), identity.account, origin),
  };
}

/** The file that a variable names must be there; gcloud's own may. */
async function applicationDefault({
  env,
  teller,
}: Pick<GoogleContext, 'env' | 'teller'>): Promise<GrantSource | undefined> {
  const named = ['CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE', 'GOOGLE_APPLICATION_CREDENTIALS'].find(
    (name) => variable(env, name) !== undefined,
  );
  const file = named
    ? variable(env, named)
    : path.join(gcloudFolder(env), 'application_default_credentials.json');
  if (file === undefined || (named === undefined && !(await exists(file)))) return undefined;
  await warnOfReadable(file, teller);
  const identity = googleFileIdentity(file, jsonIn(file, readCredentialFile(file)), env);
  return googleFileSource(
    file,
    identity,
    `application default credentials ${file}${named ? ` (${named})` : ''}`,
  );
}

async function machine({env}: Pick<GoogleContext, 'env'>): Promise<GrantSource | undefined> {
  if (!(await isGoogleMachine(env))) return undefined;
  const origin = "the machine's service account (metadata server)";
  return {
    key: 'google metadata',
    origin,
    obtain: async (via) => {
      const {email, ...token} = await machineToken(env, via);
      return grant(token, email, origin);
    },
  };
}

async function gcloud({env}: Pick<GoogleContext, 'env'>): Promise<GrantSource | undefined> {
  const program = await gcloudWithLogin(env);
  if (program === undefined) return undefined;
  const origin = 'gcloud auth print-access-token';
  return {
    key: 'google gcloud',
    origin,
    obtain: async (via) => grant(await gcloudToken(program, {env, signal: via.signal}), null, origin),
  };
}

/** Artifact Registry takes an access token as the password of this user. */
function grant({token, expires}: AccessToken, principal: string | null, origin: string): Grant {
  return {
    credential: {kind: 'basic', username: 'oauth2accesstoken', password: token},
    principal,
    origin,
    expires,
  };
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
