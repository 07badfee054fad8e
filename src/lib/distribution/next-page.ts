import type {IncomingMessage} from 'node:http';
import {ociError} from '../oci-error.ts';

/**
 * The Link to the next page (RFC 8288), which must stay with the registry: credentials go there. Raises
 * `refused-redirect`, and `registry-error` for one that cannot be read; `what` names the list.
 */
export function nextPage(response: IncomingMessage, url: URL, what: string): URL | undefined {
  const header = [response.headers.link ?? ''].flat().join(',');
  const link = nextIn(header);
  if (link === undefined && !isNext(header)) return undefined;
  // there is more, and nobody can tell where
  if (link === undefined || !URL.canParse(link, url.href))
    throw ociError('registry-error', `${what}: the link to the next page leads nowhere`);
  const next = new URL(link, url);
  if (next.origin === url.origin) return next;
  throw ociError('refused-redirect', `${what}: the next page is said to be at another host, ${next.host}`);
}

/** The target of the first link that is said to be the next, in time that grows with the header alone. */
function nextIn(header: string): string | undefined {
  const links = header.split('<').slice(1);
  return links.find((link) => isNext(link.slice(link.indexOf('>') + 1)))?.split('>', 1)[0];
}

function isNext(parameters: string): boolean {
  return parameters.split(/[;,]/).some((parameter) => {
    const [name = '', value = ''] = parameter.split('=', 2);
    if (name.trim().toLowerCase() !== 'rel') return false;
    return value.trim().replaceAll('"', '').toLowerCase().split(/\s/).includes('next');
  });
}
