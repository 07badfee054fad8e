import type {SampleContent, SampleImage} from './sample-image.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import {acceptManifests, isManifestType} from '../oci/media-types.ts';
import {Wire, readBody} from '../http/wire.ts';

/** A registry of the sandbox as its one user sees it. */
export interface SandboxRegistry {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Puts an image into a repository under a tag. */
export async function pushImage(
  registry: SandboxRegistry,
  repository: string,
  {image, tag}: {image: SampleImage; tag: string},
): Promise<void> {
  for (const {digest, bytes} of image.blobs) {
    await request(registry, 'POST', `${repository}/blobs/uploads/?digest=${digest}`, {bytes});
  }
  for (const {digest, bytes, mediaType} of image.manifests) {
    await request(registry, 'PUT', `${repository}/manifests/${digest}`, {bytes, mediaType});
  }
  const {bytes, mediaType} = image.index;
  await request(registry, 'PUT', `${repository}/manifests/${tag}`, {bytes, mediaType});
}

/** What a repository holds under a tag or as a piece of content. */
export async function pull(
  registry: SandboxRegistry,
  repository: string,
  wanted: SampleContent | string,
): Promise<Buffer> {
  if (typeof wanted === 'string') return request(registry, 'GET', `${repository}/manifests/${wanted}`);
  const kind = isManifestType(wanted.mediaType) ? 'manifests' : 'blobs';
  return request(registry, 'GET', `${repository}/${kind}/${wanted.digest}`);
}

interface Body {
  readonly bytes: Buffer;
  readonly mediaType?: string;
}

// larger than anything in the sample image
const answerLimit = 16 * 1024 * 1024;

async function request(
  {host, username, password}: SandboxRegistry,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: Body,
): Promise<Buffer> {
  const wire = new Wire();
  try {
    const answer = await wire.send({
      method,
      url: new URL(`http://${host}/v2/${path}`),
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        accept: acceptManifests,
        ...(body && {'content-type': body.mediaType ?? 'application/octet-stream'}),
      },
      ...(body && {body: body.bytes}),
    });
    const bytes = await readBody(answer, answerLimit, wire.limits.idle);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return bytes;
    throw new CorectlError({
      code: 'sandbox',
      message: `the sandbox's registry ${host} answered ${method} ${path} with ${status}`,
      exitCode: exitCodes.failed,
    });
  } finally {
    wire.close();
  }
}
