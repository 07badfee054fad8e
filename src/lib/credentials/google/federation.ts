import {hide} from '../../hidden.ts';
import type {TenantIdentity} from '../../environments/tenant-identity.ts';
import {credentialFailure} from '../failures.ts';
import {githubIdToken} from '../github.ts';
import {impersonate, impersonationOf} from './impersonation.ts';
import {tokenIn, type AccessToken} from '../access-token.ts';
import {cloudPlatform} from './token.ts';
import {callService, reasonOf, serviceUrl, type ServiceAnswer, type Via} from '../service.ts';
import {variable} from '../variable.ts';

/**
 * GitHub's id-token → a federated token of Google's Security Token Service → an access token of the tenant's service
 * account. Raises `id-token-refused`, `provider-missing`, `provider-refused`,
 * `account-not-impersonable`, `account-missing`.
 */
export async function federatedToken(
  {provider, account}: TenantIdentity,
  {env, via}: {env: NodeJS.ProcessEnv; via: Via},
): Promise<AccessToken> {
  // the audience that a provider accepts when it lists none
  const idToken = await githubIdToken(env, `https://iam.googleapis.com/${provider}`, via);
  hide(idToken);
  const trade = {
    name: `Google's token service for ${provider}`,
    url: tokenServiceUrl(env),
    audience: `//iam.googleapis.com/${provider}`,
    subjectToken: idToken,
    subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
  };
  const federated = await tradeToken(trade, via);
  return impersonate(impersonationOf(env, account), federated, via);
}

/** What is shown to a token service for a federated token. */
export interface TokenTrade {
  /** The service, for messages. */
  readonly name: string;
  readonly url: URL;
  /** The provider that is to take the token. */
  readonly audience: string;
  readonly subjectToken: string;
  readonly subjectTokenType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON of what is Google's own. */
  readonly options?: string;
}

/**
 * Trades a token of another issuer for a federated one (RFC 8693, token exchange). Raises `provider-missing`,
 * `provider-refused`.
 */
export async function tradeToken(trade: TokenTrade, via: Via): Promise<AccessToken> {
  const {name, url, audience, subjectToken, subjectTokenType, headers, options} = trade;
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience,
    scope: cloudPlatform,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: subjectTokenType,
    subject_token: subjectToken,
    ...(options !== undefined && {options}),
  };
  const answer = await callService({name, url, form, ...(headers && {headers}), ...via});
  if (answer.status !== 200) throw refusal(name, answer);
  return tokenIn(name, answer);
}

/** The address of Google's Security Token Service, or gcloud's override of it. */
export function tokenServiceUrl(env: NodeJS.ProcessEnv): URL {
  const override = variable(env, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_STS') ?? 'https://sts.googleapis.com/';
  const base = serviceUrl(override, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_STS');
  return new URL('v1/token', base.pathname.endsWith('/') ? base : `${base.href}/`);
}

/** `invalid_target` is the service's word for a pool or provider that it does not have. */
function refusal(name: string, answer: ServiceAnswer): Error {
  const code = answer.document.error === 'invalid_target' ? 'provider-missing' : 'provider-refused';
  return credentialFailure(code, `${name}: ${reasonOf(answer)}`);
}
