import type {IncomingMessage} from 'node:http';
import {registryUrl, type Authorizer, type Scopes} from './authorizer.ts';
import {challengesOf} from '../http/challenge.ts';
import {delayedSignal} from '../http/delayed-signal.ts';
import {CorectlError, type Side} from '../errors.ts';
import {OciError, ociError} from '../oci-error.ts';
import type {Pace} from '../http/pace.ts';
import {followed, isRedirect, redirectLimit} from '../http/redirect.ts';
import type {RepositoryName} from '../oci/reference.ts';
import {registryError} from './registry-error.ts';
import {retrying, type RetryContext, type RetryPolicy} from '../http/retry.ts';
import {discard, readBody, type Wire, type WireRequest} from '../http/wire.ts';

/** One repository as one identity. */
export interface Session {
  readonly wire: Wire;
  readonly pace: Pace;
  readonly policy: RetryPolicy;
  readonly authorizer: Authorizer;
  readonly repository: RepositoryName;
  /** What the identity is to be allowed in the repository: a source is read, a destination read and written. */
  readonly access: 'pull' | 'pull,push';
  /** Of all sessions of a run: hosts that want a blob by PATCH and refuse it in the PUT that completes an upload. */
  readonly patchHosts: Set<string>;
  readonly signal?: AbortSignal | undefined;
  /** Whether images are read or written there, for errors. */
  readonly side?: Side | undefined;
}

export interface RegistryRequest extends Omit<WireRequest, 'url' | 'signal'> {
  /** Below `/v2/<repository>/`, or a URL that the registry supplied. */
  readonly location: string | URL;
  /** A repository that the same request reads from: the source of a mount. */
  readonly alsoReads?: RepositoryName;
  /** What the token is to allow, where that is not the session's access to its repository. */
  readonly scopes?: readonly string[];
  /** Statuses that are an answer; everything else is raised as an error. */
  readonly expect: readonly number[];
  /** For messages: `manifest HOST/PATH:TAG`. */
  readonly what: string;
  /** Sent once only: the answer to a repeated request would mean something else. */
  readonly once?: boolean;
  /** Its answer is waited for a moment even when interrupted: it tells of something that is to be closed again. */
  readonly opens?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly response: IncomingMessage;
  /** What answered in the end, after redirects. */
  readonly url: URL;
}

/** Milliseconds. */
const graceToOpen = 1000;

/**
 * Sends a request to a registry and returns the answer when its status is expected:
 * 1. Waits for the host's pace.
 * 2. Adds the Authorization header when the registry is known to want one, at the registry's origin only.
 * 3. On a 401, learns the challenge and sends once more.
 * 4. Follows redirects of GET and HEAD.
 * 5. Repeats all of it for failures that pass by themselves, unless `once`.
 * Raises OciErrors.
 */
export function ask(session: Session, request: RegistryRequest): Promise<Answer> {
  return repeated(session, request, (url) => hops(session, request, url));
}

/**
 * The same for an answer of up to `limit` bytes: one that breaks off is asked for again. Raises `registry-error` for a larger
 * one.
 */
export function askWhole(
  session: Session,
  request: RegistryRequest,
  limit: number,
): Promise<Answer & {readonly body: Buffer}> {
  return repeated(session, request, async (url) => {
    const answer = await hops(session, request, url);
    return {...answer, body: await readBody(answer.response, limit, session.wire.limits.idle)};
  });
}

function repeated<T>(
  session: Session,
  {location, once, opens, alsoReads}: RegistryRequest,
  ask: (url: URL) => Promise<T>,
): Promise<T> {
  const {pace, signal} = session;
  const url = urlOf(session.repository, location);
  const attempt = () => pace.run(url.host, () => ask(url), signal);
  return once === true
    ? attempt()
    : retrying({...retryContextOf(session, url), mayBeNew: opens && alsoReads === undefined}, attempt);
}

/** How requests to a URL, the registry's own unless told otherwise, are repeated. */
export function retryContextOf(
  {policy, pace, signal, repository}: Session,
  {host} = registryUrl(repository),
): RetryContext {
  return {policy, pace, host, signal};
}

/** `https://HOST/v2/PATH/…` of a location in the repository, or the URL itself. */
function urlOf(repository: RepositoryName, location: string | URL): URL {
  return typeof location === 'string'
    ? new URL(`/v2/${repository.path}/${location}`, registryUrl(repository))
    : location;
}

/** A failure with the side it happened on, unless it is known already: content that could not be read is the source's. */
export function sided(error: unknown, {side}: Session): unknown {
  const known = !(error instanceof CorectlError) || error.side !== undefined || side === undefined;
  return known ? error : error.with({side});
}

/** Headers for a URL: with Authorization when it is the registry's own origin and it wants one. Raises as the authorizer does. */
export async function authorized(
  session: Session,
  request: Pick<RegistryRequest, 'headers' | 'alsoReads' | 'scopes'> & {readonly method?: string},
  url: URL,
): Promise<Record<string, string>> {
  const {authorizer, repository, signal} = session;
  if (url.origin !== registryUrl(repository).origin) return {...request.headers};
  const authorization = await authorizer.authorization(repository, scopesOf(session, request), signal);
  return {...request.headers, ...(authorization !== undefined && {authorization})};
}

/** An answer that is not what was asked for, as an error that tells who asked where that may be the reason. */
export async function refusal(
  session: Session,
  request: Pick<RegistryRequest, 'method' | 'what'>,
  response: IncomingMessage,
): Promise<OciError> {
  const {wire, authorizer, repository} = session;
  const error = await registryError(response, `${request.method} ${request.what}`, wire.limits.idle);
  if (error.status !== 401 && error.status !== 403) return error;
  // such as insufficient_scope (RFC 6750 §3.1)
  const reasons = challengesOf(response.rawHeaders).flatMap(({parameters}) => parameters.get('error') ?? []);
  return authorizer.explained(repository, error.with({registryCodes: [...error.registryCodes, ...reasons]}));
}

/**
 * The scopes to ask a token for, the repository's own first: some token services look at one only (distribution's token scope
 * documentation). Some registries want the right to delete when an upload is given up; nothing else is ever deleted.
 */
export function scopesOf(
  {repository, access}: Session,
  {scopes: named, alsoReads, method}: Pick<RegistryRequest, 'alsoReads' | 'scopes'> & {method?: string},
): Required<Scopes> {
  const own = `repository:${repository.path}:${access}`;
  const mounted = alsoReads === undefined ? [] : [`repository:${alsoReads.path}:pull`];
  const scopes = named ?? [own, ...mounted];
  return {scopes, atMost: method === 'DELETE' ? [`${own},delete`] : scopes};
}

async function hops(session: Session, request: RegistryRequest, start: URL): Promise<Answer> {
  let url = start;
  for (let hop = 0; hop <= redirectLimit; hop += 1) {
    const response = await answered(session, request, url);
    const status = response.statusCode ?? 0;
    if (request.expect.includes(status)) return {status, response, url};
    const mayFollow = request.method === 'GET' || request.method === 'HEAD';
    if (!isRedirect(status) || !mayFollow) throw await refusal(session, request, response);
    discard(response);
    url = followed(response.headers.location, url);
  }
  throw ociError('refused-redirect', `${request.what}: more than ${redirectLimit} redirects`);
}

/** One request, and once more after a 401 of the registry itself. */
async function answered(session: Session, request: RegistryRequest, url: URL): Promise<IncomingMessage> {
  const {wire, authorizer, repository} = session;
  const signal = request.opens
    ? session.signal && delayedSignal(session.signal, graceToOpen)
    : session.signal;
  const send = async () => {
    const headers = await authorized(session, request, url);
    const {method, body} = request;
    const response = await wire.send({method, url, headers, signal, ...(body && {body})});
    return {response, sent: headers.authorization};
  };
  const first = await send();
  if (first.response.statusCode !== 401 || url.origin !== registryUrl(repository).origin)
    return first.response;
  const {atMost} = scopesOf(session, request);
  await authorizer.challenged(repository, first.response, {sent: first.sent, atMost, signal});
  return (await send()).response;
}
