// Registries that do not do what the specification says, each as an intercept or a fault.
import {digestOf, isDigest} from '../../src/lib/oci/digest.ts';
import {readBody} from '../../src/lib/registry/body.ts';
import {empty, json, type Answer, type Exchange, type Intercept} from '../../src/lib/registry/exchange.ts';
import {listen, type Listener} from '../../src/lib/registry/listener.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import type {RunningRegistry} from '../../src/lib/registry/server.ts';
import type {Fault} from './registry-faults.ts';
import type {Stored} from './registry-images.ts';

/** Takes whatever is uploaded under whatever digest is claimed. */
export function acceptWrongDigests({storage}: Stored): Fault {
  const intercept: Intercept = async (exchange, next) => {
    const digest = new URLSearchParams(exchange.query).get('digest');
    const repository = /^\/v2\/(.+)\/blobs\/uploads\//.exec(exchange.path)?.[1];
    if (!isDigest(digest) || repository === undefined) return next(exchange);
    const writer = await storage.writer();
    await writer.append(await readBody(exchange.body, Infinity));
    await new RepositoryStore(storage, repository).commitBlob(writer, digest);
    const query = exchange.query.replace(/&?digest=[^&]*/, '');
    await next({...exchange, method: 'DELETE', query});
    return empty(201, {location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest});
  };
  return {method: 'PUT', path: /\/blobs\/uploads\//, action: {intercept}};
}

/** Takes every manifest, whatever it is and refers to. */
export function takeAnyManifest({storage}: Stored): Fault {
  const intercept: Intercept = async ({path, headers, body}) => {
    const [, repository = '', reference = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
    const bytes = await readBody(body, Infinity);
    const store = new RepositoryStore(storage, repository);
    const {digest} = await store.putManifest(bytes, headers['content-type'] ?? '', digestOf(bytes));
    if (!isDigest(reference)) await store.tag(reference, digest);
    return empty(201, {location: path, 'docker-content-digest': digest});
  };
  return {method: 'PUT', path: /\/manifests\//, action: {intercept}};
}

/** Says of every blob (or of those that match) that it is there. */
export function claimToHaveBlobs(size: number, path = /\/blobs\/sha/): Fault {
  const intercept: Intercept = async (exchange, next) => {
    const answer = await next(exchange);
    return answer.status === 404 ? {status: 200, headers: {'content-length': String(size)}} : answer;
  };
  return {method: 'HEAD', path, action: {intercept}};
}

/** Refuses to write a tag that is there, whatever it points to. */
export function immutableTags({storage}: Stored, status = 409): Fault {
  const intercept: Intercept = async (exchange, next) => {
    const [, repository = '', tag = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(exchange.path) ?? [];
    if ((await new RepositoryStore(storage, repository).tagged(tag)) === undefined) return next(exchange);
    return json(status, {errors: [{code: 'TAG_INVALID', message: `the tag ${tag} is immutable`}]});
  };
  return {method: 'PUT', path: /\/manifests\//, action: {intercept}};
}

/** Changes the JSON documents that are answered at a path: token answers, lists of tags. */
export function changeJson(path: RegExp, change: (document: Record<string, unknown>) => unknown): Fault {
  const intercept: Intercept = async (exchange, next) => {
    const answer = await next(exchange);
    if (answer.status !== 200 || !Buffer.isBuffer(answer.body)) return answer;
    const changed = json(200, change(JSON.parse(answer.body.toString()) as Record<string, unknown>));
    return {
      ...changed,
      headers: {...answer.headers, 'content-length': changed.headers['content-length'] ?? ''},
    };
  };
  return {path, action: {intercept}};
}

/** Asks for credentials in other words: one line each. */
export function challengeWith(...lines: string[]): Fault {
  const intercept: Intercept = async (exchange, next) => {
    const answer = await next(exchange);
    return answer.status === 401
      ? {...answer, headers: {...answer.headers, 'www-authenticate': lines}}
      : answer;
  };
  return {action: {intercept}};
}

/** Answers everything with a login page. */
export const htmlEverywhere: Fault = {
  action: {
    status: 200,
    headers: {'content-type': 'text/html'},
    body: '<!doctype html><title>Sign in</title>',
  },
};

/** Serves manifests parsed and written again, under the digest of the new bytes. */
export const reserialiseManifests: Fault = {
  path: /\/manifests\//,
  match: ({method}) => method === 'GET' || method === 'HEAD',
  action: {
    intercept: async (exchange, next) => {
      const answer = await next(exchange);
      if (answer.status !== 200 || !Buffer.isBuffer(answer.body)) return answer;
      const body = Buffer.from(JSON.stringify(JSON.parse(answer.body.toString()), null, 2));
      const headers = {'content-length': String(body.length), 'docker-content-digest': digestOf(body)};
      return {...answer, headers: {...answer.headers, ...headers}, body};
    },
  },
};

/** The registry's content on an origin of its own; refuses requests with credentials of another origin, as S3 does. */
export async function startObjectStore(registry: RunningRegistry): Promise<Listener> {
  return listen((exchange) => {
    const {authorization, cookie} = exchange.headers;
    if (authorization === undefined && cookie === undefined) return registry.handle(exchange);
    const body = Buffer.from('<Error><Code>InvalidArgument</Code></Error>');
    return Promise.resolve({status: 400, headers: {'content-length': String(body.length)}, body});
  });
}

/** Sends those who ask for a blob to another origin. */
export function redirectBlobs(store: Pick<Listener, 'url'>, status = 307): Fault {
  return {
    method: 'GET',
    path: /\/blobs\/sha/,
    action: {
      intercept: async (exchange, next) => {
        const answer = await next(exchange);
        if (answer.status >= 400) return answer;
        if (answer.body && 'destroy' in answer.body) answer.body.destroy();
        return empty(status, {location: `${store.url}${exchange.path}?X-Signature=a%2Fb%2Bc%3D`});
      },
    },
  };
}

export type LocationStyle =
  'path' | 'relative' | 'query' | 'scheme-relative' | 'absolute' | {readonly origin: string};

/** Writes the Location of uploads in another of the ways that registries do. */
export function locations(style: LocationStyle): Fault {
  const intercept: Intercept = async (exchange, next) => {
    const answer = await next(exchange);
    const {location} = answer.headers;
    if (typeof location !== 'string' || !location.includes('/blobs/uploads/')) return answer;
    const absolute = new URL(location, exchange.origin);
    return {
      ...answer,
      headers: {...answer.headers, location: restyled(absolute, exchange, style)},
    } satisfies Answer;
  };
  return {path: /\/blobs\/uploads\//, action: {intercept}};
}

function restyled(absolute: URL, exchange: Exchange, style: LocationStyle): string {
  const {pathname, search, host} = absolute;
  const below = `${pathname.slice(pathname.indexOf('/blobs/uploads/') + 1)}${search}`;
  if (typeof style === 'object') return `${style.origin}${pathname}${search}`;
  switch (style) {
    case 'path':
      return `${pathname}${search}`;
    case 'relative':
      // against …/blobs/uploads/ or …/blobs/uploads/ID
      return below.slice('blobs/uploads/'.length);
    case 'query':
      return exchange.method === 'POST' ? `${pathname}${search}` : search;
    case 'absolute':
      return absolute.href;
    case 'scheme-relative':
      return `//${host}${pathname}${search}`;
  }
}
