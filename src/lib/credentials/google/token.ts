import {createSign} from 'node:crypto';
import {messageOf} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {credentialFailure} from '../failures.ts';
import {tokenIn, type AccessToken} from '../access-token.ts';
import {callService, reasonOf, type Via} from '../service.ts';

/** What registries need; narrower scopes do not cover Artifact Registry. */
export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

export interface ServiceAccountKey {
  readonly email: string;
  readonly privateKey: string;
  readonly keyId?: string | undefined;
  readonly tokenUrl: URL;
}

/** Trades a token signed with a service account's key for an access token (RFC 7523). Raises `login-expired`. */
export async function tokenOfKey(key: ServiceAccountKey, via: Via): Promise<AccessToken> {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: key.email,
    scope: cloudPlatform,
    aud: key.tokenUrl.href,
    iat: seconds,
    exp: seconds + 3600,
  };
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: signed(
      {alg: 'RS256', typ: 'JWT', ...(key.keyId !== undefined && {kid: key.keyId})},
      claims,
      key,
    ),
  };
  return tokenFrom(key.tokenUrl, form, via);
}

export interface RefreshToken {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly tokenUrl: URL;
}

/** Trades a user's refresh token for an access token (RFC 6749 §6). Raises `login-expired`. */
export function tokenOfUser(user: RefreshToken, via: Via): Promise<AccessToken> {
  const form = {
    grant_type: 'refresh_token',
    client_id: user.clientId,
    client_secret: user.clientSecret,
    refresh_token: user.refreshToken,
  };
  return tokenFrom(user.tokenUrl, form, via);
}

async function tokenFrom(url: URL, form: Record<string, string>, via: Via): Promise<AccessToken> {
  const name = `token service ${url.host}`;
  const answer = await callService({name, url, form, ...via});
  if (answer.status === 200) return tokenIn(name, answer);
  const code = answer.document.error === 'invalid_grant' ? 'login-expired' : 'token-refused';
  throw credentialFailure(code, `${name}: ${reasonOf(answer)}`);
}

function signed(header: object, claims: object, {email, privateKey}: ServiceAccountKey): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  } catch (error) {
    const why = printable(messageOf(error), 100);
    throw credentialFailure(
      'unsupported-credential-file',
      `the private key of ${email} cannot be used: ${why}`,
    );
  }
}
