import {isInternal, isLoopback, isMetadataService} from '../http/address.ts';
import {ociError} from '../oci-error.ts';
import {printable} from '../printable.ts';

/**
 * The URL of a token service out of a challenge. The registry chooses it, and credentials will go there: it must be
 * https unless the registry itself is spoken to by http, carry no user information, and be no internal address unless
 * the registry is one. Raises `refused-realm`.
 */
export function tokenService(realm: string | undefined, registry: URL): URL {
  const url = realm === undefined || realm === '' ? undefined : parsed(realm, registry);
  if (url === undefined)
    throw refusedRealm(
      registry,
      realm ?? '',
      realm ? 'it is no URL' : 'the challenge is malformed or names none',
    );
  if (url.username !== '' || url.password !== '')
    throw refusedRealm(registry, url.origin, 'it carries user information');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refusedRealm(registry, realm ?? '', 'it is not https');
  if (url.protocol === 'http:' && !mayUseHttp(url, registry))
    throw refusedRealm(registry, url.origin, 'it is not https');
  if (isMetadataService(url.hostname) && url.hostname !== registry.hostname)
    throw refusedRealm(registry, url.origin, 'it is a metadata service');
  if (isInternal(url.hostname) && !isInternal(registry.hostname)) {
    throw refusedRealm(registry, url.origin, 'it is an internal address');
  }
  return url;
}

function parsed(realm: string, registry: URL): URL | undefined {
  return URL.canParse(realm, registry.href) ? new URL(realm, registry) : undefined;
}

/** Plain http goes to this machine, or to the very host that the user allowed it for. */
function mayUseHttp(url: URL, registry: URL): boolean {
  if (registry.protocol !== 'http:') return false;
  return url.hostname === registry.hostname || (isLoopback(url.hostname) && isLoopback(registry.hostname));
}

/** The error for a token service that is shown nothing. */
export function refusedRealm(registry: URL, realm: string, why: string): Error {
  return ociError(
    'refused-realm',
    `${registry.host}: refusing token realm ${printable(realm, 120)}: ${why}`,
    {
      suggestions: ['nothing was sent there; ask whoever runs the registry'],
    },
  );
}
