import type {ClientRequest} from 'node:http';
import {followed, isRedirect} from '../http/redirect.ts';
import {discard, IdleTimer, type WireRequest} from '../http/wire.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {formatReference} from '../oci/reference.ts';
import {OciError} from '../oci-error.ts';
import {registryUrl} from './authorizer.ts';
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
  {method, url, node, length = node.size, onSent}: ContentRequest,
  content: AsyncIterable<Buffer>,
): Promise<string | undefined> {
  const {wire, pace, signal} = session;
  await pace.resumed(registryUrl(session.repository).host, signal);
  const headers = await authorized(session, {headers: {'content-type': 'application/octet-stream'}}, url);
  const request: WireRequest = {method, url, headers: {...headers, 'content-length': String(length)}, signal};
  await wire.turn(url, signal);
  const outgoing = wire.open(request);
  const answer = wire.answer(outgoing, request, wire.limits.commit);
  const early = answer.then(
    () => undefined,
    () => undefined,
  );
  try {
    await writeAll(outgoing, content, {early, idle: wire.limits.idle, onSent});
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
    await session.authorizer.challenged(session.repository, response, {
      sent: headers.authorization,
      atMost: scopesOf(session, {}).atMost,
      signal,
    });
  throw withDigestAdvice(error, node.digest);
}

interface WriteContext {
  /** Resolves when the registry has answered, which may be before the end. */
  readonly early: Promise<undefined>;
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

  constructor(outgoing: ClientRequest, {early, idle}: WriteContext) {
    this.#timer = new IdleTimer(outgoing, idle, `nothing was taken for ${idle} ms`);
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
