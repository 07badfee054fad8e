import type {IncomingMessage} from 'node:http';
import {ociError} from '../oci-error.ts';

/**
 * The Link to the next page (RFC 8288), which must stay with the registry: credentials go there. Raises
 * `refused-redirect`; `what` names the list.
 */
export function nextPage(response: IncomingMessage, url: URL, what: string): URL | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec([response.headers.link ?? ''].flat().join(','))?.[1];
  if (link === undefined || !URL.canParse(link, url.href)) return undefined;
  const next = new URL(link, url);
  if (next.origin === url.origin) return next;
  throw ociError('refused-redirect', `${what}: the next page is said to be at another host, ${next.host}`);
}
