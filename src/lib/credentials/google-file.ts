import path from 'node:path';
import {messageOf} from '../errors.ts';
import {isRecord} from '../oci/descriptor.ts';
import {harmless} from '../oci/harmless.ts';
import {required, unusable} from './credential-file.ts';
import {within} from './deadline.ts';
import {credentialFailure} from './failures.ts';
import type {ExternalAccountClient} from './google-library.ts';
import {tokenExchangeUrl} from './google-federation.ts';
import {impersonate, impersonationAt} from './google-impersonation.ts';
import {tokenOfKey, tokenOfUser, type AccessToken} from './google-token.ts';
import {libraryAgent} from './library-agent.ts';
import {serviceUrl, textIn, type Via} from './service.ts';
import {variable} from './variable.ts';

/** Someone whom a credential file of Google's makes corectl. */
export interface FileIdentity {
  /** The e-mail address where the file tells it. */
  readonly principal: string | null;
  readonly token: (via: Via) => Promise<AccessToken>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Milliseconds for the library's part, which has no limit of its own. */
const libraryLimit = 60_000;

/**
 * The identity of a credential file of Google's, by its `type`. Raises `unsupported-credential-file` and
 * `insecure-endpoint`, before anyone is asked.
 */
export function googleFileIdentity(file: string, value: Fields, env: NodeJS.ProcessEnv): FileIdentity {
  switch (value.type) {
    case 'service_account':
      return serviceAccount(file, value);
    case 'authorized_user':
      return authorizedUser(file, value);
    case 'external_account':
      return externalAccount(file, value, env);
    case 'impersonated_service_account':
      return impersonatedAccount(file, value, env);
    default:
      throw unusable(
        file,
        `credentials of type ${JSON.stringify(harmless(String(value.type), 40))} are not supported`,
      );
  }
}

function serviceAccount(file: string, value: Fields): FileIdentity {
  const email = required(file, value, 'client_email');
  const privateKey = required(file, value, 'private_key');
  const key = {email, privateKey, keyId: textIn(value, 'private_key_id'), tokenUrl: tokenUrlIn(file, value)};
  return {principal: email, token: (via) => tokenOfKey(key, via)};
}

function authorizedUser(file: string, value: Fields): FileIdentity {
  const user = {
    clientId: required(file, value, 'client_id'),
    clientSecret: required(file, value, 'client_secret'),
    refreshToken: required(file, value, 'refresh_token'),
    tokenUrl: tokenUrlIn(file, value),
  };
  return {principal: textIn(value, 'account') ?? null, token: (via) => tokenOfUser(user, via)};
}

/** The library gets the federated token from wherever the file says; the impersonation, if any, is asked for here. */
function externalAccount(file: string, value: Fields, env: NodeJS.ProcessEnv): FileIdentity {
  const {service_account_impersonation_url: url, service_account_impersonation: settings, ...rest} = value;
  const override = variable(env, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_STS');
  const tokenUrl = override === undefined ? textIn(value, 'token_url') : tokenExchangeUrl(env).href;
  if (tokenUrl !== undefined) serviceUrl(tokenUrl, `${file}: token_url`);
  const source = isRecord(value.credential_source) ? value.credential_source : {};
  const subjectUrl = textIn(source, 'url');
  if (subjectUrl !== undefined) serviceUrl(subjectUrl, `${file}: credential_source.url`);
  const target = typeof url === 'string' ? impersonationAt(env, url, file) : undefined;
  const seconds = isRecord(settings) ? Number(settings.token_lifetime_seconds) : Number.NaN;
  const lifetime = seconds > 0 ? seconds : undefined;
  return {
    principal: target?.account ?? null,
    token: async (via) => {
      const account = {...rest, ...(tokenUrl !== undefined && {token_url: tokenUrl})};
      const federated = await libraryToken(file, account, via);
      return target === undefined ? federated : impersonate({...target, lifetime}, federated, via);
    },
  };
}

function impersonatedAccount(file: string, value: Fields, env: NodeJS.ProcessEnv): FileIdentity {
  const target = impersonationAt(env, required(file, value, 'service_account_impersonation_url'), file);
  if (!isRecord(value.source_credentials)) throw unusable(file, 'expected an object at source_credentials');
  if (value.source_credentials.type === 'impersonated_service_account')
    throw unusable(file, 'source_credentials may not be impersonated themselves: use delegates');
  const source = googleFileIdentity(file, value.source_credentials, env);
  const delegates = Array.isArray(value.delegates)
    ? value.delegates.filter((one): one is string => typeof one === 'string')
    : [];
  return {
    principal: target.account,
    token: async (via) => impersonate({...target, delegates}, await source.token(via), via),
  };
}

type Account = Parameters<typeof ExternalAccountClient.fromJSON>[0];

async function libraryToken(file: string, value: Fields, {wire}: Via): Promise<AccessToken> {
  const {ExternalAccountClient} = await import('./google-library.ts');
  const name = path.basename(file);
  try {
    const transporterOptions = {agent: (url: URL) => libraryAgent(url, wire)};
    const client = ExternalAccountClient.fromJSON({...value, transporterOptions} as unknown as Account);
    if (client === null) throw unusable(file, 'expected an external account');
    const {token} = await within(libraryLimit, client.getAccessToken());
    if (typeof token !== 'string') throw unusable(file, 'it led to no token');
    return {token, expires: client.credentials.expiry_date ?? undefined};
  } catch (error) {
    // the library's message holds the service's words, not what was sent
    const message = `credential file ${harmless(name)}: ${harmless(messageOf(error), 400)}`;
    throw credentialFailure(codeOf(messageOf(error)), message, {cause: error});
  }
}

function codeOf(message: string) {
  if (/invalid_target/.test(message)) return 'provider-missing';
  return /Error code|invalid_grant|unauthorized_client/.test(message) ? 'provider-refused' : 'token-refused';
}

function tokenUrlIn(file: string, value: Fields): URL {
  return serviceUrl(
    textIn(value, 'token_uri') ?? 'https://oauth2.googleapis.com/token',
    `${file}: token_uri`,
  );
}
