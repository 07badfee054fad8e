import {isRecord} from '../../is-record.ts';
import {printable} from '../../printable.ts';
import {required, unusable} from '../credential-file.ts';
import {externalAccount} from './external.ts';
import {impersonate, impersonationAt} from './impersonation.ts';
import type {FileIdentity} from './file-identity.ts';
import {tokenOfKey, tokenOfUser} from './token.ts';
import {serviceUrl, textIn} from '../service.ts';

type Fields = Readonly<Record<string, unknown>>;

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
        `credentials of type ${JSON.stringify(printable(String(value.type), 40))} are not supported`,
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

function impersonatedAccount(file: string, value: Fields, env: NodeJS.ProcessEnv): FileIdentity {
  const impersonation = impersonationAt(
    env,
    required(file, value, 'service_account_impersonation_url'),
    file,
  );
  if (!isRecord(value.source_credentials)) throw unusable(file, 'expected an object at source_credentials');
  if (value.source_credentials.type === 'impersonated_service_account')
    throw unusable(file, 'source_credentials may not be impersonated themselves: use delegates');
  const source = googleFileIdentity(file, value.source_credentials, env);
  const delegates = Array.isArray(value.delegates)
    ? value.delegates.filter((one): one is string => typeof one === 'string')
    : [];
  return {
    principal: impersonation.account,
    token: async (via) => impersonate({...impersonation, delegates}, await source.token(via), via),
  };
}

function tokenUrlIn(file: string, value: Fields): URL {
  return serviceUrl(
    textIn(value, 'token_uri') ?? 'https://oauth2.googleapis.com/token',
    `${file}: token_uri`,
  );
}
