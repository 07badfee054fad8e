import {isRecord} from '../../is-record.ts';
import {isLoopback} from '../../http/address.ts';
import type {DockerConfig} from './config.ts';
import {canonicalHost, type RepositoryName} from '../../oci/reference.ts';

/** An entry below `auths` that holds something, with the path that its key names (empty for the whole host). */
export interface AuthEntry {
  readonly key: string;
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The entry whose key names the longest part of the repository; an empty one only marks that a helper has the login. */
export function authFor({auths}: DockerConfig, wanted: RepositoryName): AuthEntry | undefined {
  const entries = [...auths].flatMap(([key, fields]) => {
    const path = pathInKey(key, wanted);
    return path !== undefined && isRecord(fields) && holdsLogin(fields) ? [{key, path, fields}] : [];
  });
  return entries.sort(
    (one, other) => other.path.length - one.path.length || rank(one.key, wanted) - rank(other.key, wanted),
  )[0];
}

/** The helper that is set for the repository's host, if one is; empty when the file itself is to be used. */
export function helperSetFor({credHelpers}: DockerConfig, wanted: RepositoryName): unknown {
  const keys = [...credHelpers.keys()].filter((key) => pathInKey(key, wanted) === '');
  const best = keys.sort((one, other) => rank(one, wanted) - rank(other, wanted))[0];
  return best === undefined ? undefined : credHelpers.get(best);
}

/** The name under which docker stores the host's login with a helper. */
export function serverOf(wanted: RepositoryName): string {
  return canonicalHost(wanted) === 'docker.io' ? 'https://index.docker.io/v1/' : wanted.host;
}

/**
 * Whether a login would be sent over plain http, where everyone on the way can read it. A helper gives its logins for https
 * only.
 */
export const goesInTheClear = ({host, plainHttp}: RepositoryName): boolean =>
  plainHttp && !isLoopback(host.replace(/:\d+$/, ''));

/** Docker writes no scheme and means https, unless the port is that of http. */
const isForHttp = (scheme: string | undefined, host: string): boolean =>
  scheme === undefined ? host.endsWith(':80') : scheme.toLowerCase() === 'http://';

/** The path that the key names if it covers the repository. */
function pathInKey(key: string, wanted: RepositoryName): string | undefined {
  const found = /^(https?:\/\/)?([^/]+)(?:\/(.*))?$/i.exec(key);
  if (!found) return undefined;
  const [, scheme, host = '', rest = ''] = found;
  if (goesInTheClear(wanted) && !isForHttp(scheme, host)) return undefined;
  const registry = canonicalHost({host, plainHttp: wanted.plainHttp});
  if (registry !== canonicalHost(wanted)) return undefined;
  // only old URL keys carry an API version; without a scheme v1 is a repository like any other
  const versioned = scheme !== undefined || registry === 'docker.io';
  const path = (versioned ? rest.replace(/^v[12](\/|$)/, '') : rest).replace(/\/+$/, '');
  return path === '' || `${wanted.path}/`.startsWith(`${path}/`) ? path : undefined;
}

function holdsLogin(fields: Record<string, unknown>): boolean {
  return ['auth', 'username', 'identitytoken', 'registrytoken'].some(
    (field) => fields[field] !== undefined && fields[field] !== '',
  );
}

/** Of several spellings of one host, the one that the environment uses comes first. */
const rank = (key: string, {host}: RepositoryName): number =>
  key === host || key.startsWith(`${host}/`) ? 0 : 1;
