// Signature Version 4 as AWS checks it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import {createHash, createHmac} from 'node:crypto';
import type {Exchange} from '../../src/lib/registry/exchange.ts';

const header =
  /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<scope>\S+), SignedHeaders=(?<names>[^,]+), Signature=(?<signature>\w+)$/;

/** The access key's id that a request is signed with. */
export const signerOf = ({headers}: Exchange): string | undefined =>
  header.exec(headers.authorization ?? '')?.groups?.id;

/** Whether the request is signed with the secret. */
export function isSignedWith(secret: string, exchange: Exchange, body: Buffer): boolean {
  const {scope = '', names = '', signature} = header.exec(exchange.headers.authorization ?? '')?.groups ?? {};
  const {method, path, query, headers} = exchange;
  const lines = names.split(';').map((name) => `${name}:${[headers[name]].flat().join(',')}\n`);
  const canonical = [method, path, query, lines.join(''), names, sha256(body)].join('\n');
  const date = String(headers['x-amz-date']);
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secret}`);
  return hmac(key, text).toString('hex') === signature;
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
