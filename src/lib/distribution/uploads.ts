import {followed} from '../http/redirect.ts';
import {isTransient, pauseAfter} from '../http/retry.ts';
import {discard} from '../http/wire.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {algorithmOf, type Digest} from '../oci/digest.ts';
import type {RepositoryName} from '../oci/reference.ts';
import {OciError, ociError} from '../oci-error.ts';
import {printable} from '../printable.ts';
import {hasBlob} from './blobs.ts';
import {ContentFailure, sendContent, UploadMoved} from './sending.ts';
import {ask, retryContextOf, type Answer, type Session} from './session.ts';

/**
 * Opens an upload session, for a blob or to see whether that is allowed, and returns its location (distribution-spec, §POST
 * then PUT). A registry that hashes while it receives is told of an algorithm that it would not expect. Raises the registry's
 * refusals, and `refused-redirect` for a location that must not be gone to.
 */
export async function beginUpload(session: Session, digest?: Digest): Promise<URL> {
  const algorithm = digest === undefined ? 'sha256' : algorithmOf(digest);
  const query = algorithm === 'sha256' ? '' : `?digest-algorithm=${algorithm}`;
  return locationOf(await post(session, `blobs/uploads/${query}`));
}

/**
 * Asks the registry to mount a blob from another of its repositories (distribution-spec, §Mounting a blob). Returns
 * `mounted`, or the location of the upload session that the registry opened instead. Raises every refusal, and
 * `digest-mismatch` where the registry reports another blob.
 */
export async function mountBlob(
  session: Session,
  digest: Digest,
  from: RepositoryName,
): Promise<'mounted' | URL> {
  const location = `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from.path)}`;
  const answer = await post({...session, policy: {...session.policy, attempts: 2}}, location, from);
  if (answer.status === 202) return locationOf(answer);
  discard(answer.response); // an unread answer keeps its connection
  const reported = answer.response.headers['docker-content-digest'];
  if (reported === undefined || reported === digest) return 'mounted';
  throw ociError(
    'digest-mismatch',
    `mount in ${session.repository.host}/${session.repository.path}: the registry reports ${printable(String(reported), 100)}`,
  );
}

/** Milliseconds for the clean-up of an upload that is given up: it must not hold anything back. */
const cancelLimit = 2000;

/** Ends an upload session that will not be completed, as far as the registry lets it; failures do not matter. */
export async function cancelUpload(session: Session, location: URL): Promise<void> {
  const signal = AbortSignal.timeout(cancelLimit);
  // the connection that broke the upload may not be the only one that is dead
  await ask(
    {...session, signal, policy: {...session.policy, attempts: 2}},
    {method: 'DELETE', location, expect: [204, 200, 202, 404], what: 'upload'},
  ).then(
    ({response}) => {
      discard(response);
    },
    () => undefined,
  );
}

export interface PushOptions {
  /** An upload session that is open already. */
  readonly begun?: URL | undefined;
  /** Told the bytes that went out; negative when an upload begins anew. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/**
 * Uploads a blob: a session for each attempt, one PUT with its length, which almost every registry takes
 * (distribution-spec, §POST then PUT). `open(n)` gives the content from its start for attempt n. `stepAfter` says what
 * follows a failure; a session that is not needed any more is cancelled, and a commit whose answer was lost is looked up.
 * Raises what the last attempt raised, and the reason itself when the content could not be read.
 */
export async function pushBlob(
  session: Session,
  node: Descriptor,
  open: (attempt: number) => AsyncIterable<Buffer>,
  {begun, onSent}: PushOptions = {},
): Promise<void> {
  let attempt: Attempt | 'done' = {number: 1, method: 'PUT', upload: begun && {location: begun}};
  while (attempt !== 'done') attempt = await tryOnce(session, {node, open, onSent}, attempt);
}

/** A blob to be uploaded. */
interface Push extends Pick<PushOptions, 'onSent'> {
  readonly node: Descriptor;
  readonly open: (attempt: number) => AsyncIterable<Buffer>;
}

/** Whether the content goes into the request that completes the upload, or into one before it. */
type Method = 'PUT' | 'PATCH';

/** What an attempt begins with. */
interface Attempt {
  readonly number: number;
  readonly method: Method;
  /** The session that it goes on with; absent where it opens one. */
  readonly upload?: Upload | undefined;
}

/** An upload session on its way. */
interface Upload {
  /** The newest location that the registry gave. */
  location: URL;
  /** Where a redirect sent the content. */
  moved?: URL;
}

/** Tries once to upload a blob. Returns the attempt that is to follow, or `done`; raises the failure of the last one. */
async function tryOnce(
  session: Session,
  {node, open, onSent}: Push,
  {number, ...attempt}: Attempt,
): Promise<Attempt | 'done'> {
  const {patchHosts, repository, signal, policy} = session;
  const method = patchHosts.has(repository.host) ? 'PATCH' : attempt.method;
  // repeated by itself as often as it makes sense
  const upload = attempt.upload ?? {location: await beginUpload(session, node.digest)};
  const sent = counted(node.size, onSent);
  try {
    signal?.throwIfAborted();
    await send[method](session, {upload, node, onSent: sent.count}, open(number));
    sent.tell();
    if (method === 'PATCH') patchHosts.add(repository.host);
    return 'done';
  } catch (error) {
    if (await isCommitted(session, node, error)) return 'done';
    const isLast = number >= policy.attempts || signal?.aborted === true;
    const step = isLast ? 'give up' : stepAfter(error, number, method);
    if (!(step instanceof URL)) await cancelUpload(session, upload.location);
    if (step === 'give up') throw error instanceof ContentFailure ? error.cause : error;
    sent.takeBack();
    if (step === 'again') await pauseAfter(error, number, retryContextOf(session));
    const next = {number: number + 1, method: step === 'by PATCH' ? 'PATCH' : method};
    return step instanceof URL ? {...next, upload: {...upload, moved: step}} : next;
  }
}

interface Sending extends Pick<PushOptions, 'onSent'> {
  readonly upload: Upload;
  readonly node: Descriptor;
}

const send = {
  PUT: async (session: Session, {upload, node, onSent}: Sending, content: AsyncIterable<Buffer>) => {
    const url = upload.moved ?? completionOf(upload.location, node.digest);
    await sendContent(session, {method: 'PUT', url, node, onSent}, content);
  },
  /**
   * One PATCH and an empty PUT to complete it, as docker does it: for registries that take no content in the PUT. A single
   * piece needs neither Content-Range nor the registry's smallest size of a piece.
   */
  PATCH: async (session: Session, {upload, node, onSent}: Sending, content: AsyncIterable<Buffer>) => {
    const url = upload.moved ?? upload.location;
    const location = await sendContent(session, {method: 'PATCH', url, node, onSent}, content);
    upload.location = followed(location, url);
    const completion = completionOf(upload.location, node.digest);
    await sendContent(session, {method: 'PUT', url: completion, node, length: 0}, nothing()).catch(
      (error: unknown) => {
        // it is not the content that is wanted elsewhere
        throw error instanceof UploadMoved ? ociError('refused-redirect', error.message) : error;
      },
    );
  },
};

async function* nothing(): AsyncGenerator<Buffer, void, undefined> {
  // no content
}

/**
 * Where the content of an upload session goes to complete it: its location with the digest appended as text, as what else
 * stands in it may be signed.
 */
function completionOf(location: URL, digest: Digest): URL {
  const bare = location.href.replace(/#.*$/, '');
  return new URL(`${bare}${bare.includes('?') ? '&' : '?'}digest=${digest}`);
}

/** What follows a failed attempt. */
type Step =
  /** The same session, at the location that the registry names. */
  | URL
  /** A new session at once, filled by PATCH. */
  | 'by PATCH'
  /** A new session after a pause. */
  | 'again'
  | 'give up';

/** Errors of an upload session that a new session mends (distribution-spec, §Error Codes). */
const sessionErrors = new Set(['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID']);

function stepAfter(error: unknown, attempt: number, method: Method): Step {
  if (error instanceof UploadMoved) return error.location;
  if (!(error instanceof OciError)) return 'give up';
  const {status, registryCodes} = error;
  // a 404 may be a lost session, the first time
  const isSilent404 = status === 404 && registryCodes.every((code) => code === '');
  const wantsNoPut =
    status === 405 ||
    (status === 404 && registryCodes.includes('UNSUPPORTED')) ||
    (isSilent404 && attempt > 1);
  if (method === 'PUT' && wantsNoPut) return 'by PATCH';
  // a token may end on the way; one that is refused twice will be refused again
  if (status === 401) return attempt < 3 ? 'again' : 'give up';
  const isLost = status === 416 || isSilent404 || registryCodes.some((code) => sessionErrors.has(code));
  return isLost || isTransient(error) ? 'again' : 'give up';
}

/** Whether the upload went through although its answer was lost or denies it. */
async function isCommitted(session: Session, node: Descriptor, error: unknown): Promise<boolean> {
  const doubtful =
    error instanceof OciError && (error.status === 404 || (error.status === undefined && isTransient(error)));
  if (!doubtful || session.signal?.aborted === true) return false;
  return hasBlob(session, node).catch(() => false);
}

/** Bytes that are told together: whoever draws them does so ten times a second. */
const toldTogether = 256 * 1024;

/** Tells what goes out, and takes it back when it has to go out again. */
function counted(
  size: number,
  onSent: PushOptions['onSent'],
): {
  count: (bytes: number) => void;
  tell: () => void;
  takeBack: () => void;
} {
  let [sent, told] = [0, 0];
  const tell = () => {
    if (sent > told) onSent?.(sent - told);
    told = sent;
  };
  return {
    count: (bytes) => {
      sent += bytes;
      // its last byte is told at once: from there on the registry is waited for
      if (sent - told >= toldTogether || sent >= size) tell();
    },
    tell,
    takeBack: () => {
      if (told > 0) onSent?.(-told);
    },
  };
}

function post(session: Session, location: string, alsoReads?: RepositoryName): Promise<Answer> {
  const {host, path} = session.repository;
  return ask(session, {
    method: 'POST',
    location,
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
