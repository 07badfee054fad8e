import {algorithmOf, digestOf, isDigest, type Digest} from '../oci/digest.ts';
import {isTag} from '../oci/reference.ts';
import {readBody} from './body.ts';
import {locationOf, type Call, type Route} from './context.ts';
import {empty} from './exchange.ts';
import {checkContent, parseManifest} from './manifest-checks.ts';
import {RegistryError} from './registry-error.ts';
import type {StoredManifest} from './repository-store.ts';

/** GET and HEAD of a manifest by tag or digest (distribution-spec §Pulling manifests). */
export const getManifest: Route = async (call) => {
  const manifest = await knownManifest(call);
  const {digest, mediaType, bytes} = manifest;
  if (!accepted(call.exchange.request.headersDistinct.accept ?? []).includes(mediaType)) {
    throw unknownManifest(`${call.reference} is ${mediaType}, which the request's Accept does not list`);
  }
  return {
    status: 200,
    headers: {
      'content-type': mediaType,
      'content-length': String(bytes.length),
      'docker-content-digest': digest,
    },
    body: bytes,
  };
};

/** PUT of a manifest under a tag or its digest; the bytes are kept as they come (§Pushing Manifests). */
export const putManifest: Route = async (call) => {
  const {exchange, repository, reference, settings} = call;
  if (!isDigest(reference) && !isTag(reference)) throw invalidReference(reference);
  const bytes = await manifestBody(call);
  const mediaType = bareType(exchange.headers['content-type'] ?? '');
  const manifest = parseManifest(bytes, mediaType);
  const digest = checkedDigest(bytes, reference);
  await checkContent(manifest, repository);
  await repository.putManifest(bytes, mediaType, digest);
  if (!isDigest(reference)) await repository.tag(reference, digest);
  return empty(201, {
    location: locationOf(call, `manifests/${digest}`),
    'docker-content-digest': digest,
    ...(manifest.subject && settings.referrers && {'oci-subject': manifest.subject.digest}),
  });
};

/** DELETE of a tag, or of a manifest with all its tags (§Content Management). */
export const deleteManifest: Route = async ({repository, reference}) => {
  const deleted = isDigest(reference)
    ? repository.deleteManifest(reference)
    : repository.deleteTag(reference);
  if (!(await deleted)) throw unknownManifest(reference);
  return empty(202);
};

async function knownManifest({repository, reference}: Call): Promise<StoredManifest> {
  if (!isDigest(reference) && reference.includes(':')) throw invalidReference(reference);
  // what can be no tag is one that nobody pushed
  const manifest = isDigest(reference) || isTag(reference) ? await repository.manifest(reference) : undefined;
  if (!manifest) throw unknownManifest(`${repository.name} has no manifest ${reference}`);
  return manifest;
}

// without wildcards: like the CNCF distribution registry, which has the client name each type it can read
function accepted(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(',')).map(bareType);
}

// without parameters
function bareType(header: string): string {
  return header.replace(/;.*/s, '').trim();
}

async function manifestBody({exchange, settings}: Call): Promise<Buffer> {
  try {
    return await readBody(exchange.body, settings.maxManifestBytes);
  } catch (error) {
    if (error instanceof RangeError) throw new RegistryError('MANIFEST_INVALID', error.message);
    throw error;
  }
}

function checkedDigest(bytes: Buffer, reference: string): Digest {
  if (!isDigest(reference)) return digestOf(bytes);
  const digest = digestOf(bytes, algorithmOf(reference));
  if (digest !== reference) throw new RegistryError('DIGEST_INVALID', `the manifest's digest is ${digest}`);
  return digest;
}

function invalidReference(reference: string): RegistryError {
  return reference.includes(':')
    ? new RegistryError('DIGEST_INVALID', 'the digest in the path is none')
    : new RegistryError('TAG_INVALID', 'the tag in the path is none');
}

function unknownManifest(message: string): RegistryError {
  return new RegistryError('MANIFEST_UNKNOWN', message);
}
