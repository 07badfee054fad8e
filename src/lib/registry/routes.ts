import {isRepositoryPath} from '../oci/reference.ts';
import type {Access, Action} from './access.ts';
import {deleteBlob, getBlob} from './blobs.ts';
import type {Route} from './context.ts';
import type {Exchange} from './exchange.ts';
import {deleteManifest, getManifest, putManifest} from './manifests.ts';
import {listReferrers} from './referrers.ts';
import {RegistryError} from './registry-error.ts';
import {listTags} from './tags.ts';
import {appendToUpload, cancelUpload, finishUpload, getUpload, startUpload} from './uploads.ts';

interface Endpoint {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Route>>;
}

// distribution-spec §Endpoints; a repository's path may hold the endpoints' words, so the more specific come first
const endpoints: readonly Endpoint[] = [
  {path: /^\/v2\/(?<name>.+)\/blobs\/uploads\/?$/, methods: {POST: startUpload}},
  {
    path: /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/,
    methods: {GET: getUpload, PATCH: appendToUpload, PUT: finishUpload, DELETE: cancelUpload},
  },
  {
    path: /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
    methods: {GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest},
  },
  {
    path: /^\/v2\/(?<name>.+)\/blobs\/(?<reference>[^/]+)$/,
    methods: {GET: getBlob, HEAD: getBlob, DELETE: deleteBlob},
  },
  {path: /^\/v2\/(?<name>.+)\/tags\/list$/, methods: {GET: listTags}},
  {path: /^\/v2\/(?<name>.+)\/referrers\/(?<reference>[^/]+)$/, methods: {GET: listReferrers}},
];

export interface RoutedRequest {
  readonly name: string;
  readonly reference: string;
  readonly route: Route;
}

/** What a request is about. Raises NAME_INVALID and UNSUPPORTED; resolves to nothing for a path that is no endpoint. */
export function routeOf({method, path}: Exchange): RoutedRequest | undefined {
  const decoded = decode(path);
  for (const endpoint of endpoints) {
    const {name, reference = ''} = endpoint.path.exec(decoded)?.groups ?? {};
    if (name === undefined) continue;
    if (!isRepositoryPath(name)) throw new RegistryError('NAME_INVALID', 'invalid repository name');
    const route = Object.hasOwn(endpoint.methods, method) ? endpoint.methods[method] : undefined;
    if (!route) {
      const allow = Object.keys(endpoint.methods).join(', ');
      throw new RegistryError('UNSUPPORTED', `${method} is not supported here`, {headers: {allow}});
    }
    return {name, reference, route};
  }
  return undefined;
}

/** What a request needs to be allowed, in the words of the token specification. */
export function accessFor({method}: Exchange, {name, route}: RoutedRequest): Access {
  return {repository: name, actions: actionsFor(method, route)};
}

function actionsFor(method: string, route: Route): Action[] {
  if (method === 'DELETE') return ['delete'];
  return method === 'GET' && route !== getUpload ? ['pull'] : method === 'HEAD' ? ['pull'] : ['pull', 'push'];
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new RegistryError('NAME_INVALID', 'the path is no percent-encoded text');
  }
}
