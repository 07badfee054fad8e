import {printable} from '../../printable.ts';
import type {Git} from './git.ts';
import type {RepositorySource} from './source.ts';

/** The address that git was sent on to, out of what it wrote besides its results. */
export function redirectedTo(stderr: string): string | undefined {
  const told = /^warning: redirecting to (\S+)$/m.exec(stderr)?.[1];
  return told === undefined ? undefined : plainAddress(told, told);
}

/** Makes git tell each answer's headers; it blots out what authenticates. */
export const tracing = {GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1'};

/**
 * Asks a source that answered with a redirect, which is not followed with a token, where it leads to. `ask` writes git's trace
 * to `trace`.
 */
export async function whereItMoved(
  {url}: RepositorySource,
  {ask, trace}: {readonly ask: Git; readonly trace: () => string},
): Promise<string | undefined> {
  await ask('ls-remote', '--', url, 'HEAD').catch(() => undefined);
  const location = /Recv header: location: (\S+)/i.exec(trace())?.[1];
  return location === undefined ? undefined : plainAddress(location, url);
}

/** The repository that the address belongs to, without what may be a secret in it. */
function plainAddress(text: string, from: string): string | undefined {
  if (!URL.canParse(text, from)) return undefined;
  const {protocol, origin, pathname} = new URL(text, from);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  return printable(`${origin}${pathname.replace(/\/info\/refs$/, '').replace(/\/$/, '')}`, 300);
}
