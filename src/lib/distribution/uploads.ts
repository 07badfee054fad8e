import type {ClientRequest} from 'node:http';
import {registryUrl} from './authorizer.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {algorithmOf, type Digest} from '../oci/digest.ts';
import {withDigestAdvice} from './digest-advice.ts';
import {OciError, ociError} from '../oci-error.ts';
import {harmless} from '../printable.ts';
import {authorized, exchange, refusal, type Answer, type Session} from './session.ts';
import {followed, isRedirect} from '../http/redirect.ts';
import {formatReference, type RepositoryName} from '../oci/reference.ts';
import {discard, type WireRequest} from '../http/wire.ts';

/**
 * Opens an upload session, for a blob or to see whether that is allowed, and returns its location (distribution-spec, §POST
 * then PUT). A registry that hashes while it receives is told of an algorithm that it would not expect.
 */
export async function beginUpload(session: Session, digest?: Digest): Promise<URL> {
  const algorithm = digest === undefined ? 'sha256' : algorithmOf(digest);
  const query = algorithm === 'sha256' ? '' : `?digest-algorithm=${algorithm}`;
  return locationOf(await post(session, `blobs/uploads/${query}`));
}

/**
 * Asks the registry to mount a blob from another of its repositories (distribution-spec, §Mounting a blob). Returns
 * `mounted`, or the location of the upload session that the registry opened instead. Raises every refusal.
 */
export async function mountBlob(
  session: Session,
  digest: Digest,
  from: RepositoryName,
): Promise<'mounted' | URL> {
  const target = `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from.path)}`;
  const answer = await post({...session, policy: {...session.policy, attempts: 2}}, target, from);
  if (answer.status === 202) return locationOf(answer);
  discard(answer.response); // an unread answer keeps its connection
  const reported = answer.response.headers['docker-content-digest'];
  if (reported === undefined || reported === digest) return 'mounted';
  throw ociError(
    'digest-mismatch',
    `mount in ${session.repository.host}/${session.repository.path}: the registry reports ${harmless(String(reported), 100)}`,
  );
}

/** What an upload needs besides its content. */
export interface SendOptions {
  /** Told the number of bytes of each piece that went out. */
  readonly onSent?: (bytes: number) => void;
}

/** The content could not be read: nothing that the destination did. */
export class ContentFailure extends Error {}

/** The registry wants the same content elsewhere. */
export class UploadMoved extends OciError {
  readonly location: URL;
  constructor(location: URL) {
    super('refused-redirect', 'the upload was redirected again and again');
    this.location = location;
  }
}

/**
 * Where the content of an upload session goes to complete it: its location with the digest appended as text, as what else
 * stands in it may be signed.
 */
export function completionOf(location: URL, digest: Digest): URL {
  const bare = location.href.replace(/#.*$/, '');
  return new URL(`${bare}${bare.includes('?') ? '&' : '?'}digest=${digest}`);
}

/** A request that carries content: to complete an upload at once, or to fill it. */
export interface ContentRequest {
  readonly method: 'PUT' | 'PATCH';
  readonly url: URL;
  readonly node: Descriptor;
  /** Bytes that are sent, the blob's size unless told otherwise. */
  readonly length?: number;
}

/**
 * Sends content with its length and returns the answer's Location. Content that fails is never completed. Raises
 * ContentFailure, UploadMoved and OciErrors. One attempt: content cannot be sent twice.
 */
export async function sendContent(
  session: Session,
  {method, url, node, length = node.size}: ContentRequest,
  content: AsyncIterable<Buffer>,
  {onSent}: SendOptions = {},
): Promise<string | undefined> {
  const {wire, pace, signal} = session;
  await pace.resumed(registryUrl(session.repository).host, signal);
  const headers = await authorized(session, {headers: {'content-type': 'application/octet-stream'}}, url);
  const request: WireRequest = {method, url, headers: {...headers, 'content-length': String(length)}, signal};
  const outgoing = wire.open(request);
  const answer = wire.answer(outgoing, request, wire.limits.commit);
  const early = answer.then(
    () => undefined,
    () => undefined,
  );
  try {
    await writeAll(outgoing, content, {early, idle: wire.limits.idle, ...(onSent && {onSent})});
  } catch (error) {
    outgoing.destroy();
    throw error;
  }
  const response = await answer;
  const status = response.statusCode ?? 0;
  if ([201, 200, 204, ...(method === 'PATCH' ? [202] : [])].includes(status)) {
    discard(response);
    // whoever is content before the end gets no more: what is missing will show when the manifest is written
    if (!outgoing.writableEnded) outgoing.destroy();
    return response.headers.location;
  }
  if (isRedirect(status)) {
    discard(response);
    throw new UploadMoved(followed(response.headers.location, url));
  }
  const what = `blob ${formatReference(session.repository, node.digest)}`;
  const error = await refusal(session, {method, what}, response);
  outgoing.destroy();
  // only the registry itself may say what it wants to be shown
  if (status === 401 && url.origin === registryUrl(session.repository).origin)
    await session.authorizer.challenged(session.repository, response, headers.authorization, signal);
  throw withDigestAdvice(error, node.digest);
}

/** Milliseconds for the clean-up of an upload that is given up: it must not hold anything back. */
const cancelLimit = 2000;

/** Ends an upload session that will not be completed, as far as the registry lets it; failures do not matter. */
export async function cancelUpload(session: Session, location: URL): Promise<void> {
  const signal = AbortSignal.timeout(cancelLimit);
  // the connection that broke the upload may not be the only one that is dead
  await exchange(
    {...session, signal, policy: {...session.policy, attempts: 2}},
    {method: 'DELETE', target: location, expect: [204, 200, 202, 404], what: 'upload'},
  ).then(
    ({response}) => {
      discard(response);
    },
    () => undefined,
  );
}

function post(session: Session, target: string, alsoReads?: RepositoryName): Promise<Answer> {
  const {host, path} = session.repository;
  return exchange(session, {
    method: 'POST',
    target,
    ...(alsoReads && {alsoReads}),
    expect: [201, 202],
    what: `upload to ${host}/${path}`,
    opens: true,
  });
}

function locationOf({response, url}: Answer): URL {
  discard(response);
  return followed(response.headers.location, url);
}

interface WriteContext extends SendOptions {
  /** Resolves when the registry has answered, which may be before the end. */
  readonly early: Promise<undefined>;
  /** Milliseconds without anything being taken. */
  readonly idle: number;
}

/** Writes the content and ends the request, or stops when the request is over before; the answer then says why. */
async function writeAll(
  outgoing: ClientRequest,
  content: AsyncIterable<Buffer>,
  context: WriteContext,
): Promise<void> {
  const intake = new Intake(outgoing, context);
  try {
    for await (const chunk of content) {
      if (intake.over) return;
      if (!outgoing.write(chunk)) await intake.drained();
      context.onSent?.(chunk.length);
    }
  } catch (error) {
    throw new ContentFailure('the content could not be read', {cause: error});
  }
  outgoing.end();
}

/** How a request takes what is written to it. */
class Intake {
  /** Answered, closed or failed: nothing more is taken. */
  over = false;
  readonly #outgoing: ClientRequest;
  readonly #idle: number;
  #wake: () => void = () => undefined;

  constructor(outgoing: ClientRequest, {early, idle}: WriteContext) {
    this.#outgoing = outgoing;
    this.#idle = idle;
    const end = () => {
      this.over = true;
      this.#wake();
    };
    outgoing.on('drain', () => {
      this.#wake();
    });
    outgoing.once('close', end);
    void early.then(end);
  }

  /** Resolves when there is room again, or the request is over. */
  drained(): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const stalled = () =>
        this.#outgoing.destroy(ociError('timeout', `nothing was taken for ${this.#idle} ms`));
      const timer = setTimeout(stalled, this.#idle);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
