import {hasBlob} from './blobs.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {OciError} from '../oci-error.ts';
import {retryContextOf, type Session} from './session.ts';
import {isTransient, pauseAfter} from '../http/retry.ts';
import {patchBlob, putBlob, type Upload} from './send-blob.ts';
import {beginUpload, cancelUpload, ContentFailure, UploadMoved} from './uploads.ts';

export interface PushOptions {
  /** An upload session that is open already. */
  readonly begun?: URL | undefined;
  readonly onSent?: (bytes: number) => void;
}

/** Errors of an upload session that a new session mends (distribution-spec, §Error Codes). */
const sessionErrors = new Set(['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID']);

/**
 * Uploads a blob. Each attempt has an upload session of its own and content from its start: `open(n)` gives it for attempt
 * n. A broken session is cancelled; a commit whose answer was lost is looked up; a registry that refuses the PUT gets a
 * PATCH, and is known for it from then on. Raises what the last attempt raised, and the reason itself when the content
 * could not be read.
 */
export async function pushBlob(
  session: Session,
  node: Descriptor,
  open: (attempt: number) => AsyncIterable<Buffer>,
  {begun, onSent}: PushOptions = {},
): Promise<void> {
  const {patchHosts, repository, signal, policy} = session;
  let upload: Upload | undefined = begun && {location: begun};
  let send = putBlob;
  for (let attempt = 1; ; attempt += 1) {
    let sent = 0;
    const count = (bytes: number) => {
      sent += bytes;
      onSent?.(bytes);
    };
    if (patchHosts.has(repository.host)) send = patchBlob;
    // repeated by itself as often as it makes sense
    upload ??= {location: await beginUpload(session, node.digest)};
    try {
      signal?.throwIfAborted();
      await send(session, upload, node, open(attempt), {onSent: count});
      if (send === patchBlob) patchHosts.add(repository.host);
      return;
    } catch (error) {
      const moved = error instanceof UploadMoved ? error.location : undefined;
      if (await isCommitted(session, node, error)) return;
      const isLast = attempt >= policy.attempts || signal?.aborted === true;
      if (moved === undefined || isLast) {
        await cancelUpload(session, upload.location);
        upload = undefined;
      } else upload = {...upload, moved};
      if (error instanceof ContentFailure) throw error.cause;
      const wantsPatch = send === putBlob && mayWantPatch(error, attempt);
      if (isLast || !(wantsPatch || mayRepeat(error, attempt))) throw error;
      if (wantsPatch) send = patchBlob;
      onSent?.(-sent);
      if (moved === undefined && !wantsPatch) await pauseAfter(error, attempt, retryContextOf(session));
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
    error.registryCodes.some((code) => sessionErrors.has(code)) || (error.status === 404 && isSilent(error))
  );
}

/** Whether a refused PUT may mean that the registry wants the content by PATCH. A 404 may be a lost session, the first time. */
function mayWantPatch(error: unknown, attempt: number): boolean {
  if (!(error instanceof OciError)) return false;
  if (error.status === 405) return true;
  return (
    error.status === 404 && (error.registryCodes.includes('UNSUPPORTED') || (attempt > 1 && isSilent(error)))
  );
}

/** Whether the registry gave no code for what is the matter. */
const isSilent = ({registryCodes}: OciError): boolean => registryCodes.every((code) => code === '');
