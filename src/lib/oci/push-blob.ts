import {hasBlob} from './blobs.ts';
import type {Descriptor} from './descriptor.ts';
import {OciError} from './errors.ts';
import {retryContextOf, type Session} from './exchange.ts';
import {isTransient, pauseAfter} from './retry.ts';
import {beginUpload, cancelUpload, completionOf, ContentFailure, putBlob, UploadMoved} from './uploads.ts';

export interface PushOptions {
  /** An upload session that is open already. */
  readonly begun?: URL | undefined;
  readonly onSent?: (bytes: number) => void;
}

/** Errors of an upload session that a new session mends (distribution-spec, §Error Codes). */
const sessionErrors = new Set(['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID']);

/**
 * Uploads a blob. Each attempt has an upload session of its own and content from its start: `open(n)` gives it for attempt
 * n. A broken session is cancelled; a commit whose answer was lost is looked up. Raises what the last attempt raised, and
 * the reason itself when the content could not be read.
 */
export async function pushBlob(
  session: Session,
  node: Descriptor,
  open: (attempt: number) => AsyncIterable<Buffer>,
  {begun, onSent}: PushOptions = {},
): Promise<void> {
  let location = begun;
  let moved: URL | undefined;
  for (let attempt = 1; ; attempt += 1) {
    let sent = 0;
    const count = (bytes: number) => {
      sent += bytes;
      onSent?.(bytes);
    };
    // repeated by itself as often as it makes sense
    location ??= await beginUpload(session);
    try {
      session.signal?.throwIfAborted();
      const url = moved ?? completionOf(location, node.digest);
      await putBlob(session, url, node, open(attempt), {onSent: count});
      return;
    } catch (error) {
      moved = error instanceof UploadMoved ? error.location : undefined;
      if (await isCommitted(session, node, error)) return;
      const isLast = attempt >= session.policy.attempts || session.signal?.aborted === true;
      if (moved === undefined || isLast) {
        await cancelUpload(session, location);
        location = undefined;
      }
      if (error instanceof ContentFailure) throw error.cause;
      if (isLast || !mayRepeat(error, attempt)) throw error;
      onSent?.(-sent);
      if (moved === undefined) await pauseAfter(error, attempt, retryContextOf(session));
    }
  }
}

/** Whether the upload went through although its answer was lost or denies it. */
async function isCommitted(session: Session, node: Descriptor, error: unknown): Promise<boolean> {
  const doubtful =
    error instanceof OciError && (error.status === 404 || (error.status === undefined && isTransient(error)));
  if (!doubtful || session.signal?.aborted === true) return false;
  return hasBlob(session, node).catch(() => false);
}

function mayRepeat(error: unknown, attempt: number): boolean {
  if (error instanceof UploadMoved || isTransient(error)) return true;
  if (!(error instanceof OciError)) return false;
  // a token may end on the way; one that is refused twice will be refused again
  if (error.status === 401) return attempt < 3;
  if (error.status === 416) return true;
  return (
    error.registryCodes.some((code) => sessionErrors.has(code)) ||
    (error.status === 404 && error.registryCodes.length === 0)
  );
}
