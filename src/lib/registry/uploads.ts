import {isDigest} from '../oci/digest.ts';
import {isRepositoryPath} from '../oci/reference.ts';
import {digestFrom} from './blobs.ts';
import {locationOf, type Call, type Route} from './context.ts';
import {empty, type Answer} from './exchange.ts';
import {RegistryError} from './registry-error.ts';
import {RepositoryStore} from './repository-store.ts';
import {expectAlgorithm, isContentOf, receive, type UploadSession} from './upload-sessions.ts';

/** POST: mounts a blob, takes a whole one, or opens a session (distribution-spec §Pushing blobs). */
export const startUpload: Route = async (call) => {
  const parameters = new URLSearchParams(call.exchange.query);
  const [mount, from, digest] = ['mount', 'from', 'digest'].map((name) => parameters.get(name));
  if (mount && (await mounted(call, {digest: mount, from: from ?? ''}))) return created(call, mount);
  const session = await call.sessions.start(call.repository.name);
  return digest ? finish(call, session, digest) : sessionAnswer(call, session, 202);
};

/** PATCH: the next piece; with Content-Range it must begin where the last one ended (§Pushing a blob in chunks). */
export const appendToUpload: Route = async (call) => {
  const session = openSession(call);
  checkContentType(call);
  checkOffset(call, session);
  await receive(session, call.exchange.body);
  call.sessions.renew(session);
  return sessionAnswer(call, session, 202);
};

/** PUT: the last or only piece, and the digest of the whole. */
export const finishUpload: Route = async (call) => {
  const session = openSession(call);
  checkContentType(call);
  checkOffset(call, session);
  const digest = new URLSearchParams(call.exchange.query).get('digest');
  if (!digest) throw new RegistryError('DIGEST_INVALID', 'the digest parameter is missing');
  return finish(call, session, digest);
};

/** GET: how much has arrived, and where to go on. */
export const getUpload: Route = async (call) => {
  const {exchange, repository, reference, sessions} = call;
  const session = sessions.find(repository.name, reference, exchange.query);
  if (!session.busy) sessions.renew(session);
  return Promise.resolve(sessionAnswer(call, session, 204));
};

/** DELETE: cancels. */
export const cancelUpload: Route = async ({exchange, repository, reference, sessions}) => {
  await sessions.cancel(sessions.find(repository.name, reference, exchange.query));
  return empty(204);
};

async function mounted(call: Call, {digest, from}: {digest: string; from: string}): Promise<boolean> {
  const {repository, settings, grant, storage} = call;
  if (settings.mounts === false || !isDigest(digest) || !isRepositoryPath(from) || !grant(from, 'pull'))
    return false;
  if (!(await new RepositoryStore(storage, from).blob(digest))) return false;
  await repository.linkBlob(digest);
  return true;
}

function openSession({exchange, repository, reference, sessions}: Call): UploadSession {
  return sessions.findForWriting(repository.name, reference, exchange.query);
}

async function finish(call: Call, session: UploadSession, digest: string): Promise<Answer> {
  const {sessions, repository, exchange} = call;
  if (isDigest(digest)) expectAlgorithm(session, digest);
  await receive(session, exchange.body);
  if (session.cancelled) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', 'the upload was cancelled');
  if (!isDigest(digest) || !(await isContentOf(session, digest))) {
    await sessions.cancel(session);
    throw new RegistryError('DIGEST_INVALID', 'provided digest did not match uploaded content', {
      detail: {digest},
    });
  }
  sessions.forget(session);
  await repository.commitBlob(session.writer, digest);
  return created(call, digest);
}

function created(call: Call, digest: string): Answer {
  return empty(201, {
    location: locationOf(call, `blobs/${digest}`),
    'docker-content-digest': digestFrom(digest),
  });
}

function sessionAnswer(call: Call, session: UploadSession, status: number): Answer {
  const headers = {
    location: locationOf(call, `blobs/uploads/${session.id}?${session.query}`),
    // an empty upload says 0-0 like one of a single byte, as the CNCF distribution registry has it
    range: `0-${Math.max(session.writer.size - 1, 0)}`,
    'docker-upload-uuid': session.id,
  };
  return status === 204 ? {status, headers} : empty(status, headers);
}

function checkContentType({exchange}: Call): void {
  const type = exchange.headers['content-type'] ?? 'application/octet-stream';
  if (type === 'application/octet-stream') return;
  throw new RegistryError('BLOB_UPLOAD_INVALID', 'content is uploaded as application/octet-stream');
}

function checkOffset(call: Call, session: UploadSession): void {
  const {headers} = call.exchange;
  const {size} = session.writer;
  const [, start, end] = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/.*)?$/.exec(headers['content-range'] ?? '') ?? [];
  const isNext = headers['content-range'] === undefined ? session.issuedAt === size : Number(start) === size;
  if (!isNext) {
    call.sessions.renew(session);
    throw new RegistryError('RANGE_INVALID', `${size} bytes have arrived`, {
      headers: sessionAnswer(call, session, 204).headers,
    });
  }
  const length = headers['content-length'];
  if (start === undefined || length === undefined || Number(end) - Number(start) + 1 === Number(length))
    return;
  throw new RegistryError('SIZE_INVALID', 'Content-Range and Content-Length disagree');
}
