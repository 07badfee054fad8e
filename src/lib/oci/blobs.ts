import type {Hash} from 'node:crypto';
import type {Descriptor} from './descriptor.ts';
import {hashFor, isDigestOf} from './digest.ts';
import {OciError, ociError} from './errors.ts';
import {exchange, type Answer, type Session} from './exchange.ts';
import {wait} from './pace.ts';
import {formatReference} from './reference.ts';
import {isTransient} from './retry.ts';
import {discard, flowing} from './wire.ts';
import {wireError} from './wire-error.ts';

/** Whether a destination holds the blob: a hint, which a later refusal may correct. Everything but a clear yes is a no. */
export async function hasBlob(session: Session, node: Descriptor): Promise<boolean> {
  try {
    const {response, status} = await exchange(session, {
      method: 'HEAD',
      target: `blobs/${node.digest}`,
      expect: [200, 404],
      what: blobName(session, node),
    });
    discard(response);
    const length = response.headers['content-length'];
    return status === 200 && (length === undefined || Number(length) === node.size);
  } catch (error) {
    if (error instanceof OciError && error.status !== undefined && error.status !== 401) return false;
    throw error;
  }
}

/**
 * Streams a blob from byte `offset` on. A read that breaks goes on where it stopped, as long as there is progress
 * (distribution-spec, §Pulling blobs; RFC 9110 §14). The content is not verified here: see `verified`.
 * Raises `not-found`, `size-mismatch` when there is more than the descriptor says, and the wire's errors.
 */
export async function* readBlob(
  session: Session,
  node: Descriptor,
  offset = 0,
): AsyncGenerator<Buffer, void, undefined> {
  let position = offset;
  for (let attempt = 1; position < node.size || attempt === 1; attempt += 1) {
    const before = position;
    try {
      for await (const chunk of readFrom(session, node, position)) {
        position += chunk.length;
        yield chunk;
      }
      if (position === node.size) return;
      throw ociError(
        'unreachable',
        `${blobName(session, node)}: it ended after ${position} of ${node.size} bytes`,
      );
    } catch (error) {
      if (position > before) attempt = 0;
      if (!isTransient(error) || attempt >= session.policy.attempts || session.signal?.aborted === true)
        throw error;
      await wait(session.policy.delay, session.signal);
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
  if (size !== node.size) {
    throw ociError(
      'size-mismatch',
      `blob ${node.digest} from ${where}: ${size} bytes, expected ${node.size}`,
    );
  }
  if (!isDigestOf(hash, node.digest)) {
    throw ociError(
      'digest-mismatch',
      `blob ${node.digest} from ${where}: its content is not what the digest names`,
    );
  }
  if (held !== undefined) yield held;
}

/** `blob HOST/PATH@DIGEST`, for messages. */
export function blobName({repository}: Session, node: Descriptor): string {
  return `blob ${formatReference(repository, node.digest)}`;
}

async function* readFrom(
  session: Session,
  node: Descriptor,
  position: number,
): AsyncGenerator<Buffer, void, undefined> {
  const answer = await exchange(session, {
    method: 'GET',
    target: `blobs/${node.digest}`,
    // layers must come as they are stored: whatever is decoded on the way has another digest
    headers: {'accept-encoding': 'identity', ...(position > 0 && {range: `bytes=${position}-`})},
    expect: position > 0 ? [200, 206] : [200],
    what: blobName(session, node),
  });
  let skip = startOf(answer, session, node, position);
  let left = node.size - position + skip;
  try {
    for await (const chunk of flowing(answer.response, session.wire.limits.idle)) {
      left -= chunk.length;
      if (left < 0)
        throw ociError('size-mismatch', `${blobName(session, node)}: more than its ${node.size} bytes`);
      if (skip >= chunk.length) skip -= chunk.length;
      else {
        yield skip > 0 ? chunk.subarray(skip) : chunk;
        skip = 0;
      }
    }
  } catch (error) {
    throw error instanceof OciError && error.code === 'size-mismatch'
      ? error
      : wireError(error, answer.url, session.signal);
  } finally {
    answer.response.destroy();
  }
}

/** How many bytes at the answer's start are known already: all of them when the registry knows no ranges. */
function startOf({status, response}: Answer, session: Session, node: Descriptor, position: number): number {
  if (status === 200) return position;
  const range = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '');
  if (Number(range?.[1]) === position) return 0;
  response.destroy();
  throw ociError(
    'registry-error',
    `${blobName(session, node)}: the registry answered with another range than asked for`,
  );
}
