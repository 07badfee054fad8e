import type {Hash} from 'node:crypto';
import type {Descriptor} from '../oci/descriptor.ts';
import {hashFor, isDigestOf} from '../oci/digest.ts';
import {OciError, ociError} from '../oci-error.ts';
import {isWebPage} from './registry-error.ts';
import {ask, sided, type Answer, type Session} from './session.ts';
import {wait} from '../http/pace.ts';
import {formatReference} from '../oci/reference.ts';
import {isTransient} from '../http/retry.ts';
import {bodyOf} from '../http/large-body.ts';
import {discard, IdleTimer} from '../http/wire.ts';
import {wireError} from '../http/wire-error.ts';

/** Bytes of a read that count as progress: a source that gives a few of them each time would never come to an end. */
const progress = 16_384;

/** Statuses of registries that do not know a request for blobs, or refuse it for those that they lack. */
const refusals = [400, 403, 405, 406, 416, 501];

/**
 * Whether a registry holds the blob, by its own answer about that digest: where HEAD is refused, by that to a GET of one byte.
 * Where that is refused too it counts as a no: the blob is sent then, which is never wrong. Raises what else fails.
 */
export async function hasBlob(session: Session, node: Descriptor): Promise<boolean> {
  const request = {location: `blobs/${node.digest}`, what: blobName(session, node)};
  const expect = [200, 404, ...refusals];
  const head = await ask(session, {...request, method: 'HEAD', expect});
  discard(head.response);
  if (!refusals.includes(head.status)) return head.status === 200 && isWhole(head, node);
  const headers = {'accept-encoding': 'identity', range: 'bytes=0-0'};
  const get = await ask(session, {...request, method: 'GET', headers, expect: [...expect, 206]});
  discard(get.response);
  if (get.status === 206) return get.response.headers['content-range']?.endsWith(`/${node.size}`) === true;
  return get.status === 200 && isWhole(get, node);
}

/** Whether an answer is about a blob of the size that its descriptor says, as far as it tells. */
function isWhole({response}: Answer, {size}: Descriptor): boolean {
  const length = response.headers['content-length'];
  return !isWebPage(response) && (length === undefined || Number(length) === size);
}

/**
 * Streams a blob from byte `offset` on. A read that breaks goes on where it stopped, as long as there is progress
 * (distribution-spec, §Pulling blobs; RFC 9110 §14); where the source cannot do that, what is known is passed over. The
 * content is not verified here: see `verified`. Raises `not-found`, `size-mismatch` when there is more than the descriptor
 * says, and the wire's errors.
 */
export async function* readBlob(
  session: Session,
  node: Descriptor,
  offset = 0,
): AsyncGenerator<Buffer, void, undefined> {
  let position = offset;
  // one loop and no generators within each other: this runs for every 64 KiB of an image
  for (let attempt = 1; ; attempt += 1) {
    const before = position;
    const {answer, start} = await openAt(session, node, position);
    const timer = new IdleTimer(answer.response, session.wire.limits.idle);
    let chunkStart = start;
    try {
      timer.start();
      for await (const chunk of bodyOf(answer.response)) {
        timer.stop();
        const fresh = chunk.subarray(position - chunkStart);
        chunkStart += chunk.length;
        position += fresh.length;
        if (position > node.size) throw tooLong(session, node);
        if (fresh.length > 0) yield fresh;
        timer.start();
      }
      if (position === node.size) return;
      throw ociError('unreachable', `it ended after ${position} of ${node.size} bytes`);
    } catch (error) {
      if (position - before >= progress) attempt = 0;
      await waitToGoOn(session, readFailure(error, answer, session, node), attempt);
    } finally {
      timer.end();
      answer.response.destroy();
    }
  }
}

/**
 * Passes content on and holds its last piece back until all of it is known to be what the descriptor names, so that wrong
 * content is never completed. `hash` has seen what came before. Raises `size-mismatch` or `digest-mismatch`.
 */
export async function* verified(
  content: AsyncIterable<Buffer>,
  node: Descriptor,
  {hash = hashFor(node.digest), offset = 0, where}: {hash?: Hash; offset?: number; where: string},
): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer | undefined;
  let size = offset;
  for await (const chunk of content) {
    hash.update(chunk);
    size += chunk.length;
    if (held !== undefined) yield held;
    held = chunk;
  }
  refuseOther(node, {hash, size, where});
  if (held !== undefined) yield held;
}

/** What was read of a blob, and where. */
export interface ReadContent {
  readonly hash: Hash;
  /** Bytes. */
  readonly size: number;
  /** The source, for messages. */
  readonly where: string;
}

/** Raises `size-mismatch` or `digest-mismatch`, on the source's side, for content that is not what the descriptor names. Ends the hash. */
export function refuseOther(node: Descriptor, {hash, size, where}: ReadContent): void {
  const blob = `blob ${node.digest} from ${where}`;
  const side = 'source';
  if (size !== node.size)
    throw ociError('size-mismatch', `${blob}: ${size} bytes, expected ${node.size}`, {side});
  if (!isDigestOf(hash, node.digest))
    throw ociError('digest-mismatch', `${blob}: its content is not what the digest names`, {side});
}

/** `blob HOST/PATH@DIGEST`, for messages. */
function blobName({repository}: Session, node: Descriptor): string {
  return `blob ${formatReference(repository, node.digest)}`;
}

/**
 * The blob from a byte position on, or from its beginning where the source knows no ranges, answers with another one than
 * asked for, or refuses this one (416).
 */
async function openAt(
  session: Session,
  node: Descriptor,
  position: number,
): Promise<{answer: Answer; start: number}> {
  if (position > 0) {
    const answer = await askFrom(session, node, position);
    if (answer.status === 200) return {answer, start: 0};
    if (isRest(answer, node, position)) return {answer, start: position};
    discard(answer.response);
  }
  return {answer: await askFrom(session, node), start: 0};
}

function askFrom(session: Session, node: Descriptor, position?: number): Promise<Answer> {
  return ask(session, {
    method: 'GET',
    location: `blobs/${node.digest}`,
    // layers must come as they are stored: whatever is decoded on the way has another digest
    headers: {
      'accept-encoding': 'identity',
      ...(position !== undefined && {range: `bytes=${position}-`}),
    },
    expect: position === undefined ? [200] : [200, 206, 416],
    what: blobName(session, node),
  }).catch((error: unknown) => {
    throw sided(error, session);
  });
}

/** Whether an answer holds the blob's bytes from the position to its end (RFC 9110 §14.4). */
function isRest({status, response}: Answer, {size}: Descriptor, position: number): boolean {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  if (status !== 206 || range === null) return false;
  const [, first, last, total] = range;
  return Number(first) === position && Number(last) === size - 1 && (total === '*' || Number(total) === size);
}

function tooLong(session: Session, node: Descriptor): OciError {
  return ociError('size-mismatch', `${blobName(session, node)}: more than its ${node.size} bytes`);
}

/** Waits before a read that broke goes on; raises what broke it where it may not. */
async function waitToGoOn(session: Session, failure: OciError, attempt: number): Promise<void> {
  const {policy, signal} = session;
  if (!isTransient(failure) || attempt >= policy.attempts || signal?.aborted === true)
    throw sided(failure, session);
  await wait(policy.delay, signal);
}

/** What broke a read, with the blob's name; a size that does not fit stays what it is. */
function readFailure(error: unknown, {url}: Answer, session: Session, node: Descriptor): OciError {
  if (error instanceof OciError && error.code === 'size-mismatch') return error;
  const failure = wireError(error, url, session.signal);
  return failure.with({message: `${blobName(session, node)}: ${failure.message}`});
}
