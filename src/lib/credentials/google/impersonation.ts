import {percentDecoded} from '../../percent.ts';
import {printable} from '../../printable.ts';
import {credentialFailure} from '../failures.ts';
import type {AccessToken} from '../access-token.ts';
import {cloudPlatform} from './token.ts';
import {callService, notUnderstood, reasonOf, serviceUrl, textIn, type Via} from '../service.ts';
import {variable} from '../variable.ts';

export interface Impersonation {
  /** The service account's e-mail address. */
  readonly account: string;
  /** `…/serviceAccounts/EMAIL:generateAccessToken` */
  readonly url: URL;
  readonly delegates?: readonly string[];
  /** Seconds. */
  readonly lifetime?: number | undefined;
}

/** The impersonation of an account by Google's own address or gcloud's override of it. */
export function impersonationOf(env: NodeJS.ProcessEnv, account: string): Impersonation {
  const override = variable(env, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS');
  const base = serviceUrl(
    override ?? 'https://iamcredentials.googleapis.com/',
    'CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS',
  );
  const path = `v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`;
  return {account, url: new URL(path, withSlash(base))};
}

/** An impersonation by the URL in a credential file, moved to gcloud's override where one is set. */
export function impersonationAt(env: NodeJS.ProcessEnv, url: string, file: string): Impersonation {
  const account = /serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url)?.[1];
  if (account === undefined) {
    throw credentialFailure(
      'unsupported-credential-file',
      `${printable(file)}: expected a service account in service_account_impersonation_url, found ${printable(url, 200)}`,
    );
  }
  const email = percentDecoded(account);
  if (variable(env, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS') !== undefined)
    return impersonationOf(env, email);
  return {account: email, url: serviceUrl(url, `${file}: service_account_impersonation_url`)};
}

/**
 * An access token of the service account for the bearer of another one (IAM Credentials API, generateAccessToken). Raises
 * `account-not-impersonable` or `account-missing`.
 */
export async function impersonate(
  {account, url, delegates = [], lifetime}: Impersonation,
  bearer: AccessToken,
  via: Via,
): Promise<AccessToken> {
  const name = `impersonation of ${printable(account)}`;
  const answer = await callService({
    name,
    url,
    headers: {authorization: `Bearer ${bearer.token}`},
    json: {
      scope: [cloudPlatform],
      ...(delegates.length > 0 && {delegates}),
      ...(lifetime !== undefined && {lifetime: `${lifetime}s`}),
    },
    ...via,
  });
  if (answer.status === 404) throw credentialFailure('account-missing', `${name}: ${reasonOf(answer)}`);
  if (answer.status !== 200)
    throw credentialFailure('account-not-impersonable', `${name}: ${reasonOf(answer)}`);
  const token = textIn(answer.document, 'accessToken');
  const expires = Date.parse(textIn(answer.document, 'expireTime') ?? '');
  if (token === undefined) throw notUnderstood(name, 'an access token');
  return {token, ...(expires > 0 && {expires})};
}

const withSlash = (url: URL): URL => (url.pathname.endsWith('/') ? url : new URL(`${url.href}/`));
