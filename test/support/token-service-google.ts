// Google's Security Token Service, IAM Credentials API and OAuth2 token endpoint.
import {createVerify} from 'node:crypto';
import {empty, json, type Answer, type Exchange} from '../../src/lib/registry/exchange.ts';
import {bearerOf, idTokenUse, type Part, type PartContext} from './token-mint.ts';

/** A project as the platform sets it up for a tenant. */
export interface GoogleProject {
  readonly projectNumber: string;
  readonly projectId: string;
  readonly tenant: string;
  /** The repository in the provider's attribute condition; `acme/payments` unless told otherwise. */
  readonly repository?: string;
  /** What became of the service account; the pool may impersonate it unless told otherwise. */
  readonly account?: 'missing' | 'not-impersonable';
  /** The account's public key, for tokens that are signed with its key file. */
  readonly publicKey?: string;
  /** A refresh token of a user, who gets the same rights as the account. */
  readonly refreshToken?: string;
}

export const accountOf = ({tenant, projectId}: GoogleProject): string =>
  `p2p-${tenant}@${projectId}.iam.gserviceaccount.com`;

export const providerOf = ({tenant, projectNumber}: GoogleProject): string =>
  `projects/${projectNumber}/locations/global/workloadIdentityPools/p2p-${tenant}/providers/p2p-${tenant}`;

/** Answers below /google-sts, /google-iam and /google-oauth. */
export function googleServices(context: PartContext, projects: readonly GoogleProject[]): Part {
  return (exchange, body) => {
    const form = new URLSearchParams(body.toString());
    if (exchange.path === '/google-sts/v1/token') return tokenExchange(context, projects, form);
    if (exchange.path.startsWith('/google-iam/')) return impersonation(context, projects, exchange, body);
    if (exchange.path === '/google-oauth/token') return oauth(context, projects, exchange, form);
    return undefined;
  };
}

/** The metadata server of a machine that runs as the account of a project: asked for with its header, or not answered. */
export function googleMetadata({mint, lifetime}: PartContext, project: GoogleProject | undefined): Part {
  const base = '/computeMetadata/v1/instance/service-accounts/default/';
  return ({path, query, headers}) => {
    if (!path.startsWith('/computeMetadata/')) return undefined;
    if (project === undefined || headers['metadata-flavor'] !== 'Google') return empty(403);
    const email = accountOf(project);
    if (path === base && query === 'recursive=true') return json(200, {email, aliases: ['default']});
    if (path !== `${base}token`) return empty(404);
    const {token} = mint.issue('login', email, lifetime);
    return json(200, {access_token: token, expires_in: lifetime, token_type: 'Bearer'});
  };
}

const oauthError = (status: number, error: string, description: string): Answer =>
  json(status, {error, error_description: description});

function tokenExchange(
  {mint}: PartContext,
  projects: readonly GoogleProject[],
  form: URLSearchParams,
): Answer {
  const audience = form.get('audience') ?? '';
  const project = projects.find((one) => audience === `//iam.googleapis.com/${providerOf(one)}`);
  if (!project)
    return oauthError(
      400,
      'invalid_target',
      'The target service indicated by the "audience" parameters is invalid.',
    );
  const expected = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
  };
  for (const [key, value] of Object.entries(expected)) {
    if (form.get(key) !== value) return oauthError(400, 'invalid_request', `Invalid value for "${key}".`);
  }
  const subject = mint.known(
    form.get('subject_token') ?? '',
    idTokenUse(`https://iam.googleapis.com/${providerOf(project)}`),
  );
  if (!subject)
    return oauthError(400, 'invalid_grant', 'The audience in ID Token does not match the expected audience.');
  if (subject.holder !== `repo:${project.repository ?? 'acme/payments'}`)
    return oauthError(
      401,
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
    );
  const {token} = mint.issue('federated', project.projectId, 3600);
  return json(200, {
    access_token: token,
    expires_in: 3600,
    token_type: 'Bearer',
    issued_token_type: expected.requested_token_type,
  });
}

function impersonation(
  {mint, lifetime}: PartContext,
  projects: readonly GoogleProject[],
  exchange: Exchange,
  body: Buffer,
): Answer {
  const email = /serviceAccounts\/([^/]+):generateAccessToken$/.exec(decodeURIComponent(exchange.path))?.[1];
  const project = projects.find((one) => accountOf(one) === email);
  const fail = (code: number, status: string, message: string) =>
    json(code, {error: {code, status, message}});
  const caller = mint.known(bearerOf(exchange), 'federated') ?? mint.known(bearerOf(exchange), 'login');
  if (!caller) return fail(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
  if (!project || project.account === 'missing')
    return fail(404, 'NOT_FOUND', 'Not found; Gaia id not found for email');
  if (
    project.account === 'not-impersonable' ||
    ![project.projectId, accountOf(project)].includes(caller.holder)
  )
    return fail(
      403,
      'PERMISSION_DENIED',
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    );
  const {scope} = JSON.parse(body.toString()) as {scope?: string[]};
  if (!scope?.length) return fail(400, 'INVALID_ARGUMENT', 'The scope is required.');
  const {token, expires} = mint.issue('login', accountOf(project), lifetime);
  return json(200, {accessToken: token, expireTime: new Date(expires).toISOString()});
}

function oauth(
  {mint, lifetime}: PartContext,
  projects: readonly GoogleProject[],
  exchange: Exchange,
  form: URLSearchParams,
): Answer {
  const grant = form.get('grant_type');
  const project =
    grant === 'refresh_token'
      ? projects.find(
          ({refreshToken}) => refreshToken !== undefined && refreshToken === form.get('refresh_token'),
        )
      : grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
        ? projects.find((one) =>
            isSignedBy(one, form.get('assertion') ?? '', `${exchange.origin}${exchange.path}`),
          )
        : undefined;
  if (!project) return oauthError(400, 'invalid_grant', 'Token has been expired or revoked.');
  const {token} = mint.issue('login', accountOf(project), lifetime);
  return json(200, {access_token: token, expires_in: lifetime, token_type: 'Bearer'});
}

function isSignedBy(project: GoogleProject, assertion: string, audience: string): boolean {
  const [head = '', body = '', signature = ''] = assertion.split('.');
  if (project.publicKey === undefined) return false;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const valid = createVerify('RSA-SHA256')
    .update(`${head}.${body}`)
    .verify(project.publicKey, signature, 'base64url');
  const now = Date.now() / 1000;
  return valid && claims.iss === accountOf(project) && claims.aud === audience && Number(claims.exp) > now;
}
