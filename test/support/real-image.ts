// An image put into a registry over HTTP, by the plainest client there is.
import {digestOf, type Digest} from '../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {send, upload} from './registry-client.ts';

/** Pushes an image of one layer under a tag of the repository at `http://host/v2/path`. */
export async function pushOneLayer(
  repository: string,
  tag: string,
  headers: Record<string, string>,
  content = 'layer',
): Promise<Digest> {
  const [config, layer] = [Buffer.from('{}'), Buffer.from(content)];
  for (const blob of [config, layer]) expectCreated(await upload(repository, blob, headers));
  const mediaType = mediaTypes.ociManifest;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: describe('application/vnd.oci.image.config.v1+json', config),
      layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
    }),
  );
  const put = {method: 'PUT', headers: {...headers, 'content-type': mediaType}, body: manifest};
  expectCreated(await send(`${repository}/manifests/${tag}`, put));
  return digestOf(manifest);
}

/** The digest that a tag of a repository has, if it is there. */
export async function digestAt(
  repository: string,
  tag: string,
  headers: Record<string, string>,
): Promise<unknown> {
  const accept = `${mediaTypes.ociManifest}, ${mediaTypes.ociIndex}`;
  const head = {method: 'HEAD', headers: {...headers, accept}};
  return (await send(`${repository}/manifests/${tag}`, head)).headers['docker-content-digest'];
}

const describe = (mediaType: string, content: Buffer) => ({
  mediaType,
  digest: digestOf(content),
  size: content.length,
});

function expectCreated({status, body}: {status: number; body: Buffer}): void {
  if (status !== 201) throw new Error(`expected 201, found ${status}: ${body.toString()}`);
}
