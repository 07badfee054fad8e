import type {IncomingMessage} from 'node:http';
import type {Descriptor} from '../oci/descriptor.ts';
import {digestOf, isDigest, matches, type Digest} from '../oci/digest.ts';
import {withDigestAdvice} from './digest-advice.ts';
import {OciError, ociError} from '../oci-error.ts';
import {ask, askWhole, type RegistryRequest, type Session} from './session.ts';
import {isNamedBy, parseManifest, type Manifest} from '../oci/manifest.ts';
import {acceptManifests} from '../oci/media-types.ts';
import {typeRefused} from './refused-type.ts';
import {formatReference, type Tag} from '../oci/reference.ts';
import {isWebPage} from './registry-error.ts';

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
export async function resolveManifest(session: Session, reference: Tag | Digest): Promise<ResolvedManifest> {
  const {bytes, response} = await get(session, reference);
  if (isDigest(reference)) verify(session, reference, bytes);
  const digest = isDigest(reference) ? reference : digestOf(bytes);
  const told = response.headers['docker-content-digest'];
  return {
    ...parseManifest(bytes, digest, response.headers['content-type']),
    ...(isDigest(told) && told !== digest && (matches(told, bytes) ? {alias: told} : {untrue: told})),
  };
}

/** Reads the manifest that a parent describes, and no more than it says. Raises as resolveManifest does, and `size-mismatch`. */
export async function fetchManifest(session: Session, node: Descriptor): Promise<Manifest> {
  const {bytes, response} = await get(session, node.digest, node.size);
  verify(session, node.digest, bytes);
  if (bytes.length !== node.size) throw otherSize(session, node, String(bytes.length));
  return parseManifest(bytes, node.digest, response.headers['content-type'], node.mediaType);
}

/**
 * What a tag points to now; undefined when the registry says that there is no such tag. Raises as resolveManifest does, and
 * `not-a-registry` for an answer that is no manifest.
 */
export async function tagDigest(session: Session, tag: Tag): Promise<Digest | undefined> {
  const answer = await askHead(session, tag);
  if (answer === 'missing') return undefined;
  if (answer !== 'unknown') return answer;
  try {
    // no digest in the answer to HEAD, or HEAD is not understood at all
    return (await orMissing(resolveManifest(session, tag)))?.descriptor.digest;
  } catch (error) {
    if (error instanceof OciError && error.status === undefined && error.code === 'invalid-manifest') {
      throw ociError('not-a-registry', `${what(session, tag)}: the answer is no manifest`, {cause: error});
    }
    throw error;
  }
}

/** Whether a registry holds the manifest, by its own answer about that digest. Raises as resolveManifest does. */
export async function hasManifest(session: Session, digest: Digest): Promise<boolean> {
  const answer = await askHead(session, digest);
  if (answer === digest || answer === 'missing') return answer === digest;
  return (await orMissing(resolveManifest(session, digest))) !== undefined;
}

/** What a tag points to, or the digest itself when its manifest is there; undefined when it is not. Raises as tagDigest does. */
export async function currentDigest(session: Session, reference: Tag | Digest): Promise<Digest | undefined> {
  if (!isDigest(reference)) return tagDigest(session, reference);
  return (await hasManifest(session, reference)) ? reference : undefined;
}

/** Statuses of registries and proxies that do not know HEAD, or not for manifests: the same is asked by GET. */
const headRefused = [400, 405, 406, 501];

/**
 * What HEAD says about a tag or digest. A 404 is the registry's word that it is missing, unless it is a web page; a 200 names
 * the digest. `unknown` where GET has to be asked. Registries that count pulls do not count it. Raises what else fails.
 */
export async function askHead(
  session: Session,
  reference: Tag | Digest,
): Promise<Digest | 'missing' | 'unknown'> {
  const answer = await ask(session, {
    method: 'HEAD',
    location: `manifests/${reference}`,
    headers: {accept: acceptManifests},
    expect: [200, 404, ...headRefused],
    what: what(session, reference),
  }).catch((error: unknown) => {
    // some fail with HEAD alone, however often they are asked
    if (error instanceof OciError && (error.status ?? 0) >= 500) return undefined;
    throw error;
  });
  if (answer === undefined) return 'unknown';
  const {response, status} = answer;
  response.resume();
  if (status === 404) return isWebPage(response) ? 'unknown' : 'missing';
  const digest = response.headers['docker-content-digest'];
  return status === 200 && isDigest(digest) ? digest : 'unknown';
}

/**
 * What a tag points to, or undefined when the registry says that there is no such tag; asked by HEAD first, which registries
 * that count pulls do not count: what is looked for is mostly not there. Raises as resolveManifest does, and `registry-error`
 * where HEAD and GET contradict each other.
 */
export async function findManifest(session: Session, tag: Tag): Promise<ResolvedManifest | undefined> {
  const told = await askHead(session, tag);
  if (told === 'missing') return undefined;
  const found = await orMissing(resolveManifest(session, tag));
  if (found === undefined && told !== 'unknown') throw contradiction(what(session, tag), told);
  return found;
}

/** The error for a registry that says that it has something and does not give it: that does not mean that it is missing. */
export function contradiction(what: string, told: Digest): OciError {
  return ociError('registry-error', `${what}: HEAD says that it is ${told}, and GET that it is not there`);
}

/** What was asked for, or undefined when the answer was `not-found`. Raises every other failure. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OciError && error.code === 'not-found') return undefined;
    throw error;
  }
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
  reference: Tag | Digest,
  {once = false} = {},
): Promise<PutOutcome> {
  const {descriptor, bytes} = manifest;
  const {response} = await ask(session, {
    method: 'PUT',
    location: `manifests/${reference}`,
    headers: {'content-type': descriptor.mediaType},
    body: bytes,
    expect: [201, 200, 202],
    what: what(session, reference),
    once,
  }).catch((error: unknown) => {
    throw typeRefused(withDigestAdvice(error, descriptor.digest), descriptor.mediaType);
  });
  response.resume();
  const reported = response.headers['docker-content-digest'];
  if (isDigest(reported) && !isNamedBy(manifest, reported)) {
    throw ociError(
      'digest-mismatch',
      `${what(session, reference)}: the registry reports digest ${reported}, expected ${descriptor.digest}`,
    );
  }
  return {subjectKept: isKept(manifest, response.headers['oci-subject'])};
}

/** Whether the registry's word about a subject is about this one (distribution-spec, §Pushing Manifests with Subject). */
function isKept({subject}: Manifest, told: string | readonly string[] | undefined): boolean {
  return told !== undefined && (subject === undefined || told === subject.digest);
}

/** `manifest HOST/PATH:TAG`, for messages. */
function what({repository}: Session, reference: Tag | Digest): string {
  return `manifest ${formatReference(repository, reference)}`;
}

async function get(
  session: Session,
  reference: Tag | Digest,
  size = Infinity,
): Promise<{bytes: Buffer; response: IncomingMessage}> {
  const request: RegistryRequest = {
    method: 'GET',
    location: `manifests/${reference}`,
    headers: {accept: acceptManifests, 'accept-encoding': 'identity'},
    expect: [200],
    what: what(session, reference),
  };
  try {
    const {body, response} = await askWhole(session, request, Math.min(size, manifestLimit));
    return {bytes: body, response};
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'registry-error' || error.status !== undefined)
      throw error;
    if (size < manifestLimit) throw otherSize(session, {digest: reference, size}, 'more');
    throw ociError('manifest-too-large', `${what(session, reference)}: larger than ${manifestLimit} bytes`, {
      cause: error,
    });
  }
}

function otherSize(
  session: Session,
  {digest, size}: {digest: Tag | Digest; size: number},
  found: string,
): Error {
  return ociError('size-mismatch', `${what(session, digest)}: ${found} bytes where its parent says ${size}`);
}

function verify(session: Session, digest: Digest, bytes: Buffer): void {
  if (matches(digest, bytes)) return;
  throw ociError('digest-mismatch', `${what(session, digest)}: what came is not what the digest names`);
}
