import {
  everything,
  isPermitted,
  parseScope,
  type Access,
  type Permits,
  type Permission,
  type User,
} from './access.ts';
import {json, type Answer, type Exchange, type Handler} from './exchange.ts';
import {readBody} from './body.ts';
import {authenticated, isSameSecret, userOf} from './passwords.ts';
import {RegistryError} from './registry-error.ts';

/** Hands out tokens and knows them again. */
export interface TokenIssuer {
  /** What a token allows; nothing for one that is unknown or has expired. */
  verify(token: string): Permits | undefined;
  /** Makes all tokens handed out so far invalid. */
  revoke(): void;
  /** GET by the distribution token specification, POST by its OAuth2 variant. */
  readonly handle: Handler;
}

export interface TokenIssuerOptions {
  readonly users: readonly User[];
  readonly anonymous: readonly Permission[];
  /** Seconds; without it 60 that the answer does not mention. */
  readonly expiresIn: number | undefined;
  /** Milliseconds. */
  readonly clock: () => number;
  readonly random: (size: number) => Buffer;
}

interface IssuedToken {
  readonly access: readonly Access[];
  readonly expiresAt: number;
}

/** A token service. It grants the part of what is asked for that the user may do, and refuses wrong passwords only. */
export function tokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const issued = new Map<string, IssuedToken>();
  return {
    verify: (token) => {
      const found = issued.get(token);
      if (!found || found.expiresAt <= options.clock()) return undefined;
      return (repository, action) =>
        found.access.some((access) => access.repository === repository && access.actions.includes(action));
    },
    revoke: () => {
      issued.clear();
    },
    handle: async (exchange) => {
      if (exchange.method === 'GET') return issue(getRequest(exchange, options), options, issued);
      if (exchange.method === 'POST') return issue(await postRequest(exchange, options), options, issued);
      throw new RegistryError('UNSUPPORTED', `${exchange.method} is not supported by the token service`);
    },
  };
}

interface TokenRequest {
  readonly user: User | undefined;
  readonly scopes: readonly string[];
  /** Whether to answer with a refresh token as well. */
  readonly offline: boolean;
}

function getRequest({query, headers}: Exchange, {users}: TokenIssuerOptions): TokenRequest {
  const parameters = new URLSearchParams(query);
  const user = headers.authorization === undefined ? undefined : userOf(headers.authorization, users);
  if (headers.authorization !== undefined && !user) throw refused();
  return {
    user,
    scopes: parameters.getAll('scope').flatMap((scope) => scope.split(' ')),
    offline: parameters.get('offline_token') === 'true',
  };
}

async function postRequest(exchange: Exchange, {users}: TokenIssuerOptions): Promise<TokenRequest> {
  const form = new URLSearchParams((await readBody(exchange.body, 64 * 1024)).toString());
  const refreshToken = form.get('refresh_token');
  const user =
    form.get('grant_type') === 'refresh_token'
      ? users.find(
          (one) => one.refreshToken !== undefined && isSameSecret(one.refreshToken, refreshToken ?? ''),
        )
      : authenticated({name: form.get('username') ?? '', password: form.get('password') ?? ''}, users);
  if (!user) throw refused();
  return {user, scopes: (form.get('scope') ?? '').split(' '), offline: form.get('access_type') === 'offline'};
}

function issue(request: TokenRequest, options: TokenIssuerOptions, issued: Map<string, IssuedToken>): Answer {
  const now = options.clock();
  for (const [token, {expiresAt}] of issued) if (expiresAt <= now) issued.delete(token);
  const token = options.random(32).toString('base64url');
  const {expiresIn} = options;
  issued.set(token, {access: granted(request, options), expiresAt: now + (expiresIn ?? 60) * 1000});
  return json(200, {
    token,
    access_token: token,
    ...(expiresIn !== undefined && {expires_in: expiresIn}),
    issued_at: new Date(now).toISOString(),
    ...(request.offline &&
      request.user?.refreshToken !== undefined && {refresh_token: request.user.refreshToken}),
  });
}

function granted({user, scopes}: TokenRequest, {anonymous}: TokenIssuerOptions): Access[] {
  const permissions = user ? (user.permissions ?? everything) : anonymous;
  return scopes.flatMap((scope) => {
    const asked = parseScope(scope);
    if (!asked) return [];
    const {repository, actions} = asked;
    return [{repository, actions: actions.filter((action) => isPermitted(permissions, repository, action))}];
  });
}

function refused(): RegistryError {
  return new RegistryError('UNAUTHORIZED', 'incorrect username or password', {
    headers: {'www-authenticate': 'Basic realm="corectl token service"'},
  });
}
