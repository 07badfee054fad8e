import {messageOf} from '../errors.ts';
import {OciError, ociError} from '../oci-error.ts';
import {printable} from '../printable.ts';

const explained: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed by the other side',
  EPIPE: 'the connection was closed by the other side',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

/** An error of Node's http, TLS or DNS as an OciError with one readable line. */
export function wireError(error: unknown, url: URL, signal?: AbortSignal): OciError {
  if (signal?.aborted === true) return ociError('interrupted', 'interrupted', {cause: error});
  if (error instanceof OciError) return error.with({message: `${url.host}: ${error.message}`});
  const code = codeOf(error);
  if (isTlsCode(code)) {
    return ociError('tls', `${url.host}: TLS failed: ${printable(messageOf(error))}`, {
      suggestions: [
        'a certificate of a private authority is made known by NODE_EXTRA_CA_CERTS=/path/to/ca.pem',
      ],
      cause: error,
    });
  }
  if (code.startsWith('HPE_')) {
    return ociError('not-a-registry', `${url.host}: the answer is not HTTP (${code})`, {cause: error});
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return ociError('unreachable', `${url.host}: too many files and connections are open here (${code})`, {
      suggestions: ['allow more of them (ulimit -n), or use fewer at once with --concurrency 4'],
      cause: error,
    });
  }
  return ociError('unreachable', `${url.host}: ${explained[code] ?? printable(messageOf(error))}`, {
    suggestions: [`check that ${url.origin} can be reached from here`],
    cause: error,
  });
}

/** Node's error code; of several attempts at several addresses, the last one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors.at(-1));
  const code = (error as {code?: unknown} | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

function isTlsCode(code: string): boolean {
  return /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/.test(code);
}
