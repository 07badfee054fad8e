import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import type {IncomingMessage} from 'node:http';
import {OciError, ociError, type OciErrorCode} from '../oci-error.ts';
import {printable} from '../printable.ts';
import {retryAfter} from '../http/retry.ts';
import {readBody} from '../http/wire.ts';

/** Bytes of an error's body that are read; the rest says nothing more. */
const errorBodyLimit = 65_536;

const meanings: Readonly<Record<number, OciErrorCode>> = {
  401: 'unauthorized',
  403: 'denied',
  404: 'not-found',
  407: 'unreachable',
  429: 'rate-limited',
};

/**
 * An answer that is not what was asked for, as an error: `what` names the request (`PUT manifest HOST/PATH:TAG`). Shows
 * the registry's first code and message on one printable line (distribution-spec, §Error Codes); HTML and other bodies are
 * not shown.
 */
export async function registryError(
  response: IncomingMessage,
  what: string,
  idle: number,
): Promise<OciError> {
  const status = response.statusCode ?? 0;
  const body = await readBody(response, errorBodyLimit, idle).catch(() => Buffer.alloc(0));
  const errors = errorsIn(body);
  const code =
    status === 404 && isWebPage(response) ? 'not-a-registry' : (meanings[status] ?? 'registry-error');
  const told = errors.map(({code, message}) => [code, message].filter(Boolean).join(': ')).find(Boolean);
  return ociError(
    code,
    `${what}: HTTP ${status}${told === undefined ? textOf(response, body) : ` ${told}`}`,
    {
      status,
      registryCodes: errors.map(({code}) => code),
      retryAfter: retryAfter(response.headers['retry-after'], Date.parse(response.headers.date ?? '')),
      suggestions: suggestionsFor(status),
    },
  );
}

function errorsIn(body: Buffer): {code: string; message: string}[] {
  const parsed = parseJson(body);
  const errors = isRecord(parsed) && Array.isArray(parsed.errors) ? (parsed.errors as unknown[]) : [];
  return errors
    .filter(isRecord)
    .map((error) => ({
      code: typeof error.code === 'string' ? printable(error.code, 60) : '',
      message: [error.message, shownDetail(error.detail)]
        .filter((part) => typeof part === 'string')
        .join(' '),
    }))
    .map(({code, message}) => ({code, message: printable(message)}));
}

function shownDetail(detail: unknown): string | undefined {
  if (detail === undefined || detail === null || detail === '') return undefined;
  return `(${typeof detail === 'string' ? detail : JSON.stringify(detail)})`;
}

/** Whether an answer is a web page, which no registry sends: a proxy's, a captive portal's, a wrong host's. */
export function isWebPage(response: IncomingMessage): boolean {
  return /^text\/html/i.test(response.headers['content-type'] ?? '');
}

/** What else is known of an answer that follows no registry's form. */
function textOf(response: IncomingMessage, body: Buffer): string {
  const type = printable(response.headers['content-type'] ?? '', 60);
  if (body.length === 0) return '';
  return type.startsWith('text/plain')
    ? ` ${printable(body.toString('utf8'), 100)}`
    : ` (${type || 'unknown'} answer)`;
}

function suggestionsFor(status: number): string[] {
  if (status === 401 || status === 403) return ['check that this identity may read and write there'];
  // Harbor with content trust or a limit for vulnerabilities: it shows such an image to nobody
  if (status === 412)
    return [
      "the project's own policy keeps this image back: sign it or have it scanned there, or change that policy",
    ];
  if (status === 413 || status === 507) return ['the registry is out of room or quota for this'];
  return [];
}
