// Registries by their ways: what is known of each kind, as options and faults of the built-in one.
import type {Credential} from '../../src/lib/distribution/credential.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {json, type Answer} from '../../src/lib/registry/exchange.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import type {RegistryOptions} from '../../src/lib/registry/server.ts';
import {
  changeJson,
  challengeWith,
  htmlEverywhere,
  immutableTags,
  locations,
  redirectBlobs,
  startObjectStore,
  type Fault,
  type TestRegistry,
} from './registry.ts';

export interface Profile {
  readonly options?: RegistryOptions;
  readonly credential?: Credential;
  /** Source and destination are repositories of one registry. */
  readonly shared?: boolean;
  /** Adds its ways to a registry; gives what is to be closed with it. */
  readonly ways?: (registry: TestRegistry) => Promise<{close(): Promise<void>}> | undefined;
  /** How a promotion to it fails, where it cannot do else. */
  readonly refusal?: RegExp;
}

const upload = /\/blobs\/uploads\//;
const errorBody = (code: string, message: string): string => JSON.stringify({errors: [{code, message}]});

/** Leaves out of every 401 what is wanted, but for the one of /v2/. */
const silentRefusals: Fault = {
  match: ({path}) => path !== '/v2/' && path !== '/token',
  action: {
    intercept: async (exchange, next) => {
      const answer = await next(exchange);
      if (answer.status !== 401) return answer;
      return {...answer, headers: withoutChallenge(answer)};
    },
  },
};

function withoutChallenge({headers}: Answer): Answer['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'www-authenticate'));
}

/** The first so many requests with credentials are refused as if those were wrong. */
const sporadicRefusals = (times: number): Fault => ({
  method: 'POST',
  match: ({headers}) => headers.authorization !== undefined,
  times,
  action: {intercept: (exchange, next) => next({...exchange, headers: {}})},
});

/** Says of everything that is not there that the reason is unknown. */
const unknownErrors: Fault = {
  action: {
    intercept: async (exchange, next) => {
      const answer = await next(exchange);
      if (answer.status !== 404) return answer;
      return json(404, {errors: [{code: 'UNKNOWN', message: 'unknown error', detail: {}}]});
    },
  },
};

/** Begins so many uploads in a second, and no more. */
function uploadsPerSecond(limit: number): Fault {
  let begun: number[] = [];
  return {
    method: 'POST',
    path: upload,
    action: {
      intercept: (exchange, next) => {
        begun = begun.filter((at) => at > Date.now() - 1000);
        if (begun.length >= limit)
          return Promise.resolve(json(429, {errors: [{code: 'TOOMANYREQUESTS', message: 'Rate exceeded'}]}));
        begun.push(Date.now());
        return next(exchange);
      },
    },
  };
}

/** Removes manifests without a tag right before an index comes that lists them; once. */
function eagerCollection({storage}: TestRegistry): Fault {
  return {
    method: 'PUT',
    match: ({headers}) => headers['content-type'] === mediaTypes.ociIndex,
    times: 1,
    action: {
      intercept: async (exchange, next) => {
        const name = /^\/v2\/(.+)\/manifests\//.exec(exchange.path)?.[1] ?? '';
        const store = new RepositoryStore(storage, name);
        const tagged = await Promise.all((await store.tags()).map((tag) => store.tagged(tag)));
        for (const digest of await store.manifests())
          if (!tagged.includes(digest)) await store.deleteManifest(digest);
        return next(exchange);
      },
    },
  };
}

const users = (name: string, password: string) => [{name, password, refreshToken: `refresh-${password}`}];
const login = (username: string, password: string): Credential => ({kind: 'basic', username, password});
// the tokens of some clouds are as long as that
const longPassword = 'ey0'.repeat(1000);

export const profiles: Readonly<Record<string, Profile>> = {
  "has no chunked uploads, answers 401 without a challenge, keeps tags immutable and has no referrers API (as Google's)":
    {
      options: {auth: {kind: 'bearer', users: users('oauth2accesstoken', 'ya29.token')}, referrers: false},
      credential: login('oauth2accesstoken', 'ya29.token'),
      ways: (registry) => {
        registry.faults.add({method: 'PATCH', action: {status: 405}});
        registry.faults.add(immutableTags(registry));
        registry.faults.add(silentRefusals);
        return undefined;
      },
    },
  'takes Basic credentials of three kilobytes, keeps blobs elsewhere, mounts nothing and tags immutable (as ECR)':
    {
      options: {auth: {kind: 'basic', users: users('AWS', longPassword)}, mounts: false},
      credential: login('AWS', longPassword),
      shared: true,
      ways: async (registry) => {
        registry.faults.add(immutableTags(registry, 400));
        const store = await startObjectStore(registry);
        registry.faults.add(redirectBlobs(store));
        return store;
      },
    },
  'begins ten uploads in a second and no more (as ECR)': {
    ways: ({faults}) => {
      faults.add(uploadsPerSecond(10));
      return undefined;
    },
  },
  'has no repository until somebody makes it (as ECR)': {
    ways: ({faults}) => {
      const body = errorBody('NAME_UNKNOWN', 'The repository does not exist in the registry');
      faults.add({method: 'POST', action: {status: 404, body}});
      return undefined;
    },
    refusal: /404 NAME_UNKNOWN: The repository does not exist/,
  },
  'refuses every mount with 401 (as ECR Public, Harbor and GitLab)': {
    options: {auth: {kind: 'bearer', users: users('robot', 'secret')}},
    credential: login('robot', 'secret'),
    shared: true,
    ways: ({faults}) => {
      faults.add({method: 'POST', path: /[?&]mount=/, action: {status: 401}});
      return undefined;
    },
  },
  'takes an identity token by POST, and offers Basic besides (as Azure)': {
    options: {auth: {kind: 'bearer', users: users('00000000-0000-0000-0000-000000000000', 'aad')}},
    credential: {kind: 'identity-token', token: 'refresh-aad'},
    ways: ({faults, tokens, host}) => {
      faults.add({path: /^\/token/, method: 'GET', action: {status: 401}});
      faults.add(challengeWith('Basic realm="x"', `Bearer realm="${tokens!.url}",service="${host}"`));
      return undefined;
    },
  },
  'answers the referrers API with an empty list and keeps the referrers tag (as GHCR)': {
    options: {referrers: false},
    ways: ({faults}) => {
      const body = JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: []});
      faults.add({
        path: /\/referrers\//,
        action: {status: 200, headers: {'content-type': mediaTypes.ociIndex}, body},
      });
      return undefined;
    },
  },
  'has its token service elsewhere and counts the manifests that are read (as Docker Hub)': {
    options: {auth: {kind: 'bearer', users: users('robot', 'secret'), ownOrigin: true}},
    credential: login('robot', 'secret'),
    ways: ({faults}) => {
      const limits = {'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600'};
      faults.add({
        method: 'GET',
        path: /\/manifests\//,
        times: 3,
        action: {status: 429, headers: limits, body: errorBody('TOOMANYREQUESTS', 'pull rate limit')},
      });
      return undefined;
    },
  },
  'answers 412 for a tag that is there, gives no reasons, and a HEAD lengths of its own (as Harbor)': {
    options: {auth: {kind: 'basic', users: users('robot$ci', 'secret')}},
    credential: login('robot$ci', 'secret'),
    ways: (registry) => {
      registry.faults.add(immutableTags(registry, 412));
      registry.faults.add(unknownErrors);
      registry.faults.add({
        method: 'HEAD',
        path: /\/manifests\//,
        action: {headers: {'content-length': '1'}},
      });
      return undefined;
    },
  },
  'refuses the first push, cancels nothing and removes manifests without a tag at once (as Quay)': {
    options: {auth: {kind: 'bearer', users: users('robot', 'secret')}},
    credential: login('robot', 'secret'),
    ways: (registry) => {
      registry.faults.add({method: 'DELETE', action: {status: 401}});
      registry.faults.add(sporadicRefusals(2));
      registry.faults.add(eagerCollection(registry));
      return undefined;
    },
  },
  'knows layers of its own types only (as Quay)': {
    ways: ({faults}) => {
      const body = errorBody('MANIFEST_INVALID', 'manifest schema version not supported');
      faults.add({method: 'PUT', path: /\/manifests\//, action: {status: 400, body}});
      return undefined;
    },
    refusal: /400 MANIFEST_INVALID: manifest schema version not supported/,
  },
  'has relative Locations and says 429 without saying until when (as zot)': {
    ways: ({faults}) => {
      faults.add(locations('relative'));
      faults.add({method: 'HEAD', times: 3, action: {status: 429}});
      faults.add({method: 'PUT', times: 2, action: {status: 429}});
      return undefined;
    },
  },
  "has no referrers API, cancels nothing and redirects readers, by HEAD too (as distribution's)": {
    options: {referrers: false, auth: {kind: 'basic', users: users('robot', 'secret')}},
    credential: login('robot', 'secret'),
    ways: async (registry) => {
      registry.faults.add({method: 'DELETE', action: {status: 405}});
      const store = await startObjectStore(registry);
      registry.faults.add(redirectBlobs(store));
      registry.faults.add({...redirectBlobs(store), method: 'HEAD'});
      return store;
    },
  },
  "forgets uploads between its replicas (as distribution's without a common secret)": {
    ways: ({faults}) => {
      const body = errorBody('BLOB_UPLOAD_INVALID', 'blob upload invalid');
      faults.add({method: 'PUT', path: upload, times: 3, action: {status: 400, body}});
      return undefined;
    },
  },
  'does not say how long its tokens live, and refuses first pushes (as GitLab)': {
    options: {auth: {kind: 'bearer', users: users('robot', 'secret')}},
    credential: login('robot', 'secret'),
    ways: ({faults}) => {
      faults.add(
        changeJson(/^\/token/, (document) => ({...document, expires_in: undefined, issued_at: undefined})),
      );
      faults.add(sporadicRefusals(2));
      return undefined;
    },
  },
  'wants blobs by PATCH and refuses to write a tag again (as Artifactory)': {
    ways: (registry) => {
      const {faults} = registry;
      faults.add({
        method: 'PUT',
        path: upload,
        match: ({headers}) => Number(headers['content-length'] ?? '0') > 0,
        action: {status: 405},
      });
      faults.add(immutableTags(registry));
      faults.add(changeJson(/\/tags\/list/, (document) => ({...document, tags: ['sha256:x', null]})));
      return undefined;
    },
  },
  'does not see the children of an index at once (as Nexus)': {
    ways: ({faults}) => {
      faults.add({
        method: 'PUT',
        match: ({headers}) => headers['content-type'] === mediaTypes.ociIndex,
        times: 1,
        action: {status: 404, body: errorBody('BLOB_UNKNOWN', 'blob unknown to registry')},
      });
      return undefined;
    },
  },
  "has tokens of a second and calls what is missing unknown (as OpenShift's)": {
    options: {auth: {kind: 'bearer', users: users('robot', 'secret'), expiresIn: 1}},
    credential: login('robot', 'secret'),
    ways: ({faults}) => {
      faults.add(unknownErrors);
      return undefined;
    },
  },
  'is a web page, whatever it is asked': {
    ways: ({faults}) => {
      faults.add(htmlEverywhere);
      return undefined;
    },
    refusal: /no manifest|not-a-registry|JSON/,
  },
};
