// The token service of a registry (distribution's token specification), with tokens that are really signed: Debian's
// docker-registry checks them by the certificate and asks nobody.
import {createHash, randomUUID, sign, type KeyObject} from 'node:crypto';
import {isPermitted, parseScope, type Access, type User} from '../../src/lib/registry/access.ts';
import {empty, json, type Exchange} from '../../src/lib/registry/exchange.ts';
import {listen} from '../../src/lib/registry/listener.ts';
import {userOf} from '../../src/lib/registry/passwords.ts';
import {selfSigned} from './certificate.ts';

export interface RegistryTokens {
  readonly realm: string;
  readonly issuer: string;
  /** PEM, for the registry. */
  readonly certificate: string;
  /** What was handed out, in order. */
  readonly tokens: readonly SignedToken[];
  /** A token for someone who knows the tests: to prepare a registry, or to look at it. */
  issue(service: string, access: readonly Access[]): string;
  close(): Promise<void>;
}

export interface SignedToken {
  readonly token: string;
  readonly user: string;
  readonly access: readonly Access[];
}

export interface RegistryTokensOptions {
  readonly users: readonly User[];
  /** Seconds until a registry refuses a token; 300 unless told otherwise. */
  readonly lifetime?: number;
  /** Seconds that a token is said to live, where that is not the truth. */
  readonly announced?: number;
}

const issuer = 'corectl test';

/** Seconds that docker-registry takes a token after its end, for clocks that differ. */
const leeway = 60;

/** Starts the service: it grants the part of what is asked for that the user may do, and nothing to nobody. */
export async function startRegistryTokens(options: RegistryTokensOptions): Promise<RegistryTokens> {
  const {users, lifetime = 300, announced = lifetime} = options;
  const {privateKey, publicKey, cert} = selfSigned();
  const tokens: SignedToken[] = [];
  const issue = (service: string, access: readonly Access[], user = 'the test', seconds = 300): string => {
    const token = signed(claimsOf(service, access, {user, seconds}), privateKey, keyId(publicKey));
    tokens.push({token, user, access});
    return token;
  };
  const answer = ({method, path, query, headers}: Exchange) => {
    if (path !== '/token' || method !== 'GET') return empty(404);
    const user = headers.authorization === undefined ? undefined : userOf(headers.authorization, users);
    if (headers.authorization !== undefined && user === undefined)
      return json(401, {errors: [{code: 'UNAUTHORIZED', message: 'incorrect username or password'}]});
    const asked = new URLSearchParams(query);
    const token = issue(
      asked.get('service') ?? '',
      granted(asked.getAll('scope'), user),
      user?.name,
      lifetime,
    );
    return json(200, {token, expires_in: announced});
  };
  const listener = await listen((exchange) => Promise.resolve(answer(exchange)));
  return {
    realm: `${listener.url}/token`,
    issuer,
    certificate: cert,
    tokens,
    issue,
    close: () => listener.close(),
  };
}

function granted(scopes: readonly string[], user: User | undefined): Access[] {
  return scopes
    .flatMap((scope) => scope.split(' '))
    .flatMap((scope) => parseScope(scope) ?? [])
    .map(({repository, actions}) => ({
      repository,
      actions: actions.filter((action) => isPermitted(user?.permissions ?? [], repository, action)),
    }));
}

function claimsOf(
  service: string,
  access: readonly Access[],
  {user, seconds}: {user: string; seconds: number},
): object {
  const now = Math.ceil(Date.now() / 1000);
  return {
    iss: issuer,
    sub: user,
    aud: service,
    exp: now + seconds - leeway,
    nbf: now - leeway,
    iat: now - leeway,
    jti: randomUUID(),
    access: access.map(({repository, actions}) => ({type: 'repository', name: repository, actions})),
  };
}

/** A JSON web token by ES256 (RFC 7515, RFC 7518 §3.4). */
function signed(claims: object, key: KeyObject, kid: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({typ: 'JWT', alg: 'ES256', kid})}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(text), {key, dsaEncoding: 'ieee-p1363'});
  return `${text}.${signature.toString('base64url')}`;
}

/** How docker-registry names a key: 240 bits of its SHA-256 in base32, four letters and a colon at a time. */
function keyId(key: KeyObject): string {
  const hash = createHash('sha256')
    .update(key.export({type: 'spki', format: 'der'}))
    .digest();
  const bits = [...hash.subarray(0, 30)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = bits
    .match(/.{5}/g)
    ?.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)]);
  return letters?.join('').replace(/.{4}(?=.)/g, '$&:') ?? '';
}
