import type {IncomingMessage} from 'node:http';
import type {Descriptor} from '../oci/descriptor.ts';
import {digestOf, isDigest, matches, type Digest} from '../oci/digest.ts';
import {withDigestAdvice} from './digest-advice.ts';
import {OciError, ociError} from '../oci-error.ts';
import {exchange, exchangeBody, type RegistryRequest, type Session} from './session.ts';
import {parseManifest, type Manifest} from '../oci/manifest.ts';
import {acceptManifests} from '../oci/media-types.ts';
import {typeRefused} from './refused-type.ts';
import {formatReference} from '../oci/reference.ts';

/** Bytes of a manifest. Registries take 4 MiB; the rest is room. */
export const manifestLimit = 16 * 1024 * 1024;

export interface ResolvedManifest extends Manifest {
  /** The digest that the answer's header told, where that is not what came. */
  readonly untrue?: Digest;
}

/**
 * Reads what a tag or digest points to, in one request. The digest is that of the bytes received, whatever the headers
 * say. Raises `not-found`, `manifest-too-large`, `digest-mismatch` and what parseManifest raises.
 */
export async function resolveManifest(session: Session, target: string): Promise<ResolvedManifest> {
  const {bytes, response} = await get(session, target);
  if (isDigest(target)) verify(session, target, bytes);
  const digest = isDigest(target) ? target : digestOf(bytes);
  const told = response.headers['docker-content-digest'];
  return {
    ...parseManifest(bytes, digest, response.headers['content-type']),
    ...(isDigest(told) && !matches(told, bytes) && {untrue: told}),
  };
}

/** Reads the manifest that a parent describes, and no more than it says. Raises as resolveManifest does, and `size-mismatch`. */
export async function fetchManifest(session: Session, node: Descriptor): Promise<Manifest> {
  const {bytes, response} = await get(session, node.digest, node.size);
  verify(session, node.digest, bytes);
  if (bytes.length !== node.size) throw otherSize(session, node, String(bytes.length));
  return parseManifest(bytes, node.digest, response.headers['content-type'], node.mediaType);
}

/** What a tag of a destination points to now; undefined when there is no such tag. */
export async function tagDigest(session: Session, tag: string): Promise<Digest | undefined> {
  const status = await head(session, tag);
  if (status.found === false) return undefined;
  if (status.digest !== undefined) return status.digest;
  try {
    // no digest in the answer to HEAD, or HEAD is not understood at all
    return (await resolveManifest(session, tag)).descriptor.digest;
  } catch (error) {
    if (error instanceof OciError && error.code === 'not-found') return undefined;
    if (error instanceof OciError && error.status === undefined && error.code === 'invalid-manifest') {
      throw ociError('not-a-registry', `${what(session, tag)}: the answer is no manifest`, {cause: error});
    }
    throw error;
  }
}

/** Whether a destination holds the manifest: a hint, which a later refusal may correct. */
export async function hasManifest(session: Session, digest: Digest): Promise<boolean> {
  const status = await head(session, digest);
  return status.found === true && (status.digest === undefined || status.digest === digest);
}

/**
 * Whether a registry is sure that it has no such tag. Asked by HEAD, which registries that count pulls do not count: what is
 * looked for is mostly not there.
 */
export async function isAbsent(session: Session, tag: string): Promise<boolean> {
  return (await head(session, tag)).found === false;
}

export interface PutOutcome {
  /** Whether the registry says that it keeps track of the manifest's subject. */
  readonly subjectKept: boolean;
}

/**
 * Writes a manifest, byte for byte, under a tag or its digest. Raises `digest-mismatch` when the registry reports another
 * digest for it, and the registry's refusals.
 */
export async function putManifest(
  session: Session,
  manifest: Manifest,
  target: string,
  {once = false} = {},
): Promise<PutOutcome> {
  const {descriptor, bytes} = manifest;
  const {response} = await exchange(session, {
    method: 'PUT',
    target: `manifests/${target}`,
    headers: {'content-type': descriptor.mediaType},
    body: bytes,
    expect: [201, 200, 202],
    what: what(session, target),
    once,
  }).catch((error: unknown) => {
    throw typeRefused(withDigestAdvice(error, descriptor.digest), descriptor.mediaType);
  });
  response.resume();
  const reported = response.headers['docker-content-digest'];
  if (isDigest(reported) && reported !== descriptor.digest) {
    throw ociError(
      'digest-mismatch',
      `${what(session, target)}: the registry reports digest ${reported}, expected ${descriptor.digest}`,
    );
  }
  return {subjectKept: response.headers['oci-subject'] !== undefined};
}

/** `manifest HOST/PATH:TAG`, for messages. */
function what({repository}: Session, target: string): string {
  return `manifest ${formatReference(repository, target)}`;
}

async function get(
  session: Session,
  target: string,
  size = Infinity,
): Promise<{bytes: Buffer; response: IncomingMessage}> {
  const request: RegistryRequest = {
    method: 'GET',
    target: `manifests/${target}`,
    headers: {accept: acceptManifests, 'accept-encoding': 'identity'},
    expect: [200],
    what: what(session, target),
  };
  try {
    const {body, response} = await exchangeBody(session, request, Math.min(size, manifestLimit));
    return {bytes: body, response};
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'registry-error' || error.status !== undefined)
      throw error;
    if (size < manifestLimit) throw otherSize(session, {digest: target, size}, 'more');
    throw ociError('manifest-too-large', `${what(session, target)}: larger than ${manifestLimit} bytes`, {
      cause: error,
    });
  }
}

async function head(session: Session, target: string): Promise<{found?: boolean; digest?: Digest}> {
  try {
    const {response, status} = await exchange(session, {
      method: 'HEAD',
      target: `manifests/${target}`,
      headers: {accept: acceptManifests},
      expect: [200, 404],
      what: what(session, target),
    });
    response.resume();
    if (status === 404) return {found: false};
    const digest = response.headers['docker-content-digest'];
    return {found: true, ...(isDigest(digest) && {digest})};
  } catch (error) {
    if (error instanceof OciError && error.status !== undefined && ![401, 403, 429].includes(error.status))
      return {};
    throw error;
  }
}

function otherSize(session: Session, {digest, size}: {digest: string; size: number}, found: string): Error {
  return ociError('size-mismatch', `${what(session, digest)}: ${found} bytes where its parent says ${size}`);
}

function verify(session: Session, digest: Digest, bytes: Buffer): void {
  if (matches(digest, bytes)) return;
  throw ociError('digest-mismatch', `${what(session, digest)}: what came is not what the digest names`);
}
