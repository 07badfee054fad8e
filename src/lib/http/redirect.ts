import {isInternal, isMetadataService} from './address.ts';
import {ociError} from '../oci-error.ts';
import {redactUrl} from './redaction.ts';

/** Hops until an answer counts as a loop. */
export const redirectLimit = 10;

const redirects = new Set([301, 302, 303, 307, 308]);

/** Whether a status says that the answer is elsewhere (RFC 9110 §15.4). */
export const isRedirect = (status: number | undefined): boolean => redirects.has(status ?? 0);

/**
 * Where a URL that a server supplied leads, seen from the URL that answered with it. The registry is followed to any
 * host, but not from https to http, nor from the internet into this machine or its network, nor from anywhere to a
 * cloud's metadata service, which hands out credentials. Raises `refused-redirect`.
 */
export function followed(location: string | undefined, from: URL): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw ociError('refused-redirect', `${from.host}: an answer without a usable Location`);
  }
  const to = new URL(location, from);
  const why = refusal(to, from);
  if (why !== undefined)
    throw ociError('refused-redirect', `${from.host}: refusing to go to ${redactUrl(to)}: ${why}`);
  return to;
}

function refusal(to: URL, from: URL): string | undefined {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return 'it is no http URL';
  if (from.protocol === 'https:' && to.protocol === 'http:') return 'https would become http';
  if (isMetadataService(to.hostname) && to.hostname !== from.hostname) return 'it is a metadata service';
  if (isInternal(to.hostname) && !isInternal(from.hostname)) return 'it is an internal address';
  return undefined;
}
