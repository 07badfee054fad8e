import {printable} from '../printable.ts';

/** Query parameters of the registry and token protocols that hold no secret. */
const shownParameters = new Set([
  'scope',
  'service',
  'mount',
  'from',
  'digest',
  'n',
  'last',
  'artifactType',
  'account',
]);

/** A URL for messages and the verbose log: no user information, and no query value that could be a signature or token. */
export function redactUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => {
    if (shownParameters.has(name)) return `${name}=${value}`;
    // without a value, the name may be the secret
    return value === '' ? '…' : `${name}=…`;
  });
  return printable(
    `${url.protocol}//${url.host}${url.pathname}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    500,
  );
}
