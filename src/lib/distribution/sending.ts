import type {ClientRequest, IncomingMessage} from 'node:http';
import {followed, isRedirect} from '../http/redirect.ts';
import {discard, IdleTimer, type Wire, type WireRequest} from '../http/wire.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {algorithmOf, isDigest, type Digest} from '../oci/digest.ts';
import {formatReference} from '../oci/reference.ts';
import {OciError, ociError} from '../oci-error.ts';
import {registryUrl} from './authorizer.ts';
import {hasBlob} from './blobs.ts';
import {withDigestAdvice} from './digest-advice.ts';
import {authorized, refusal, scopesOf, type Session} from './session.ts';

/** A request that carries content: to complete an upload at once, or to fill it. */
export interface ContentRequest {
  readonly method: 'PUT' | 'PATCH';
  readonly url: URL;
  readonly node: Descriptor;
  /** Bytes that are sent, the blob's size unless told otherwise. */
  readonly length?: number;
  /** Told the number of bytes of each piece that went out. */
  readonly onSent?: ((bytes: number) => void) | undefined;
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
 * Sends content with its length and returns the answer's Location. Content that fails is never completed. Raises
 * ContentFailure, UploadMoved and OciErrors. One attempt: content cannot be sent twice.
 */
export async function sendContent(
  session: Session,
  contentRequest: ContentRequest,
  content: AsyncIterable<Buffer>,
): Promise<string | undefined> {
  const {method, url, node, onSent} = contentRequest;
  const request = await allowedRequest(session, contentRequest);
  const {outgoing, response} = await sent(session.wire, request, {content, onSent});
  const status = response.statusCode ?? 0;
  const what = `blob ${formatReference(session.repository, node.digest)}`;
  if (isRedirect(status)) {
    discard(response);
    throw new UploadMoved(followed(response.headers.location, url));
  }
  if (!taken[method].includes(status)) {
    const error = await refusal(session, {method, what}, response);
    outgoing.destroy();
    if (status === 401) await learnWanted(session, request, response);
    throw withDigestAdvice(error, node.digest);
  }
  discard(response);
  if (method === 'PUT') refuseOther(node.digest, response, what);
  if (!outgoing.writableEnded) await refuseTooEarly(session, contentRequest, outgoing);
  return response.headers.location;
}

/** Statuses of content that was taken: a registry may do with less than the specification asks of it. */
const taken: Readonly<Record<ContentRequest['method'], readonly number[]>> = {
  PUT: [200, 201, 204],
  PATCH: [200, 201, 202, 204],
};

/** The request as the registry wants it, once it is not to be left alone for a while. */
async function allowedRequest(
  session: Session,
  {method, url, node, length = node.size}: ContentRequest,
): Promise<SentRequest> {
  const {pace, signal} = session;
  await pace.resumed(registryUrl(session.repository).host, signal);
  const headers = await authorized(session, {headers: {'content-type': 'application/octet-stream'}}, url);
  return {method, url, headers: {...headers, 'content-length': String(length)}, signal};
}

type SentRequest = WireRequest & {readonly headers: Awaited<ReturnType<typeof authorized>>};

/** Sends the request in its turn, with its content, and waits for the answer; that may come before the content's end. */
async function sent(
  wire: Wire,
  request: SentRequest,
  {content, onSent}: Pick<ContentRequest, 'onSent'> & {readonly content: AsyncIterable<Buffer>},
): Promise<{readonly outgoing: ClientRequest; readonly response: IncomingMessage}> {
  await wire.turn(request.url, request.signal);
  const outgoing = wire.open(request);
  const answer = wire.answer(outgoing, request, wire.limits.commit);
  try {
    await writeAll(outgoing, content, {answer, idle: wire.limits.idle, onSent});
  } catch (error) {
    outgoing.destroy();
    throw error;
  }
  return {outgoing, response: await answer};
}

/** Learns what the registry wants to be shown the next time; only the registry itself may say so. */
async function learnWanted(
  session: Session,
  {url, headers}: SentRequest,
  response: IncomingMessage,
): Promise<void> {
  if (url.origin !== registryUrl(session.repository).origin) return;
  await session.authorizer.challenged(session.repository, response, {
    sent: headers.authorization,
    atMost: scopesOf(session, {}).atMost,
    signal: session.signal,
  });
}

/** Whoever is content before the end gets no more, and has to have it. Otherwise a new upload session may be of more use. */
async function refuseTooEarly(
  session: Session,
  {method, node}: ContentRequest,
  outgoing: ClientRequest,
): Promise<void> {
  outgoing.destroy();
  if (await hasBlob(session, node)) return;
  const what = `blob ${formatReference(session.repository, node.digest)}`;
  throw ociError('registry-error', `${method} ${what}: taken for done before its end, and not there`, {
    registryCodes: ['BLOB_UPLOAD_INVALID'],
  });
}

/** Raises `digest-mismatch` where a registry says that it has stored something else; it may name the content by another algorithm. */
function refuseOther(digest: Digest, {headers}: IncomingMessage, what: string): void {
  const told = headers['docker-content-digest'];
  if (!isDigest(told) || told === digest || algorithmOf(told) !== algorithmOf(digest)) return;
  throw ociError('digest-mismatch', `PUT ${what}: the registry reports digest ${told}`);
}

interface WriteContext {
  /** May come before the end. */
  readonly answer: Promise<unknown>;
  /** Milliseconds without anything being taken. */
  readonly idle: number;
  readonly onSent: ContentRequest['onSent'];
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
  } finally {
    intake.end();
  }
  outgoing.end();
}

/** How a request takes what is written to it. */
class Intake {
  /** Answered, closed or failed: nothing more is taken. */
  over = false;
  readonly #timer: IdleTimer;
  #wake: () => void = () => undefined;

  constructor(outgoing: ClientRequest, {answer, idle}: WriteContext) {
    this.#timer = new IdleTimer(outgoing, idle, `nothing was taken for ${idle} ms`);
    const end = () => {
      this.over = true;
      this.#wake();
    };
    outgoing.on('drain', () => {
      this.#wake();
    });
    outgoing.once('close', end);
    void answer.then(end, end);
  }

  /** Resolves when there is room again, or the request is over. */
  drained(): Promise<void> {
    if (this.over) return Promise.resolve();
    this.#timer.start();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#timer.stop();
        resolve();
      };
    });
  }

  /** Nothing more is written. */
  end(): void {
    this.#timer.end();
  }
}
