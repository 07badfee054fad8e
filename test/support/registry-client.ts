// The plainest client there is: one request on a connection of its own.
import {request, type IncomingHttpHeaders} from 'node:http';
import {digestOf} from '../../src/lib/oci/digest.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether the body came to its declared end. */
  readonly complete: boolean;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

/** One request; rejects where the connection breaks before the headers are in, keeps what came where it breaks later. */
export async function send(
  url: string,
  {method = 'GET', headers = {}, body}: SendOptions = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {method, headers, agent: false}, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () => {
        const {statusCode = 0, complete} = response;
        resolve({status: statusCode, headers: response.headers, body: Buffer.concat(chunks), complete});
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The codes in the registry's answer. */
export function codesIn({body}: Reply): string[] {
  const {errors} = JSON.parse(body.toString()) as {errors: {code: string}[]};
  return errors.map(({code}) => code);
}

/** Where an upload goes on: the Location with the digest behind it. */
export function withDigest({headers}: Reply, digest: string): string {
  const location = headers.location ?? '';
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
}

/** POST, then PUT of everything. */
export async function upload(
  repository: string,
  content: Buffer,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const begun = await send(`${repository}/blobs/uploads/`, {method: 'POST', headers});
  const location = new URL(withDigest(begun, digestOf(content)), repository);
  return send(location.href, {
    method: 'PUT',
    body: content,
    headers: {...headers, 'content-type': 'application/octet-stream'},
  });
}

export const basic = (name: string, password: string): {authorization: string} => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
