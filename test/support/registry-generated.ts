// A registry of which nothing is stored: what it says of an image follows from the image's name.
import {createHash} from 'node:crypto';
import {digestOf} from '../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {empty, type Answer, type Exchange} from '../../src/lib/registry/exchange.ts';
import {listen, type Listener} from '../../src/lib/registry/listener.ts';

export interface GeneratedImage {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface GeneratedRegistry extends Listener {
  /** How often each kind of request came: `HEAD manifests`. */
  readonly counts: ReadonlyMap<string, number>;
}

/** The image of that name: one layer of its own, and a configuration. */
export function generatedImage(name: string): GeneratedImage {
  const digest = (what: string) =>
    `sha256:${createHash('sha256').update(`${what} of ${name}`).digest('hex')}`;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: {mediaType: 'application/vnd.oci.image.config.v1+json', digest: digest('config'), size: 100},
      layers: [{mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digest('layer'), size: 1000}],
    }),
  );
  return {digest: digestOf(bytes), bytes};
}

/** A registry that has every image under every tag, in every repository whose last part is its name. */
export async function startGenerated(): Promise<GeneratedRegistry> {
  const counts = new Map<string, number>();
  // a log of millions of requests is memory, too
  const listener = await listen((exchange) => Promise.resolve(answered(exchange, counts)), {logLimit: 100});
  return {...listener, counts};
}

function answered({method, path}: Exchange, counts: Map<string, number>): Answer {
  const [, name = '', kind = path] = /([^/]+)\/(manifests|blobs|referrers|tags)\/[^/]+$/.exec(path) ?? [];
  const key = `${method} ${kind}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  if (path === '/v2/') return empty(200);
  return kind === 'manifests' ? manifestOf(name) : empty(404);
}

function manifestOf(name: string): Answer {
  const {digest, bytes} = generatedImage(name);
  const headers = {
    'content-type': mediaTypes.ociManifest,
    'content-length': String(bytes.length),
    'docker-content-digest': digest,
  };
  return {status: 200, headers, body: bytes};
}
