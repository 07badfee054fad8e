import {
  everything,
  formatScope,
  isPermitted,
  type Access,
  type Permits,
  type Permission,
  type User,
} from './access.ts';
import type {Exchange} from './exchange.ts';
import {userOf} from './passwords.ts';
import {RegistryError} from './registry-error.ts';
import type {TokenIssuer} from './tokens.ts';

/** How a registry finds out who is asking. */
export type AuthOptions =
  | {readonly kind: 'none'}
  | {
      readonly kind: 'basic';
      readonly users: readonly User[];
      /** What may be done without a login; nothing unless told otherwise. */
      readonly anonymous?: readonly Permission[];
    }
  | {
      readonly kind: 'bearer';
      readonly users: readonly User[];
      readonly anonymous?: readonly Permission[];
      /** The name by which the token service knows the registry. */
      readonly service?: string;
      /** Seconds that a token lives; the answer does not tell them when `undefined`, and they are 60. */
      readonly expiresIn?: number | undefined;
      /** Puts the token service on a port of its own instead of at /token. */
      readonly ownOrigin?: boolean;
    };

/** Raises UNAUTHORIZED or DENIED unless the request may do all that is listed. */
export type Authenticate = (exchange: Exchange, wanted: readonly Access[]) => Permits;

export const openGate: Authenticate = () => () => true;

/** RFC 7617: 401 for strangers, 403 for users who lack a permission. */
export function basicGate({
  users,
  anonymous = [],
}: {
  users: readonly User[];
  anonymous?: readonly Permission[];
}): Authenticate {
  return (exchange, wanted) => {
    const header = exchange.headers.authorization;
    const user = header === undefined ? undefined : userOf(header, users);
    const permissions = user ? (user.permissions ?? everything) : anonymous;
    const grant: Permits = (repository, action) => isPermitted(permissions, repository, action);
    const allowed = allAllowed(grant, wanted) && (user !== undefined || wanted.length > 0);
    if (!user && (header !== undefined || !allowed)) {
      throw new RegistryError('UNAUTHORIZED', 'authentication required', {
        headers: {'www-authenticate': 'Basic realm="corectl registry", charset="UTF-8"'},
      });
    }
    if (!allowed)
      throw new RegistryError('DENIED', 'requested access to the resource is denied', {detail: wanted});
    return grant;
  };
}

/** RFC 6750 and the distribution token specification: 401 with the scope that would do. */
export function bearerGate(
  issuer: TokenIssuer,
  options: {realm: (exchange: Exchange) => string; service: string},
): Authenticate {
  return (exchange, wanted) => {
    const token = /^bearer +(.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];
    const grant = token === undefined ? undefined : issuer.verify(token);
    if (grant && allAllowed(grant, wanted)) return grant;
    const scope = wanted.map(formatScope).join(' ');
    const error = token === undefined ? undefined : grant ? 'insufficient_scope' : 'invalid_token';
    const parameters = {
      realm: options.realm(exchange),
      service: options.service,
      ...(scope && {scope}),
      ...(error && {error}),
    };
    const challenge = Object.entries(parameters).map(([key, value]) => `${key}="${value}"`);
    throw new RegistryError('UNAUTHORIZED', 'authentication required', {
      detail: wanted,
      headers: {'www-authenticate': `Bearer ${challenge.join(',')}`},
    });
  };
}

function allAllowed(grant: Permits, wanted: readonly Access[]): boolean {
  return wanted.every(({repository, actions}) => actions.every((action) => grant(repository, action)));
}
