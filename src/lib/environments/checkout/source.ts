import {statSync} from 'node:fs';
import path from 'node:path';
import {CorectlError} from '../../errors.ts';
import {isLoopback} from '../../http/address.ts';
import {printable} from '../../printable.ts';

/** Where an environments repository is cloned from. */
export type RepositorySource =
  | {readonly kind: 'https'; readonly url: string; readonly origin: string; readonly plainHttp: boolean}
  | {readonly kind: 'ssh'; readonly url: string}
  /** An absolute path. */
  | {readonly kind: 'local'; readonly url: string};

/**
 * What the user names as environments repository: https, ssh (`git@host:path` too) or a local path, resolved against
 * `cwd`. Raises `invalid-source` for everything else: git's other transports run programs, and options are no URLs.
 */
export function parseSource(text: string, cwd: string): RepositorySource {
  if (text === '' || text.startsWith('-') || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) {
    throw refuse(text, 'it is no URL and no path');
  }
  if (/^[a-z][a-z0-9+.-]*::/i.test(text)) throw refuse(text, 'remote helpers are not run');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'https' || scheme === 'http') return httpsSource(text);
  if (scheme === 'ssh') return sshSource(text);
  if (scheme !== undefined) throw refuse(text, `${scheme}:// is not supported`);
  // what git takes for ssh: a colon before any slash
  if (/^[^/]*:/.test(text)) return scpSource(text);
  return localSource(text, path.resolve(cwd, text));
}

/** Whether both name one repository: for servers a trailing slash or `.git` makes no difference, for folders it does. */
export function sameSource(one: RepositorySource, other: RepositorySource): boolean {
  const bare = ({kind, url}: RepositorySource) =>
    kind === 'local' ? url : url.replace(/\/+$/, '').replace(/\.git$/, '');
  return one.kind === other.kind && bare(one) === bare(other);
}

function httpsSource(text: string): RepositorySource {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname.startsWith('-'))
    throw refuse(withoutUser(text), 'it is no valid URL');
  if (url.password !== '') {
    throw refuse(
      withoutUser(text),
      'it holds a password',
      'leave it out and pass it in CORECTL_GITHUB_TOKEN, or with --github-token -, instead',
    );
  }
  // a name alone may be a token as well: it is not kept, and git asks its credential helpers by host
  url.username = '';
  if (url.search !== '' || url.hash !== '') {
    throw refuse(withoutQuery(url), 'it has a query or a fragment', 'name the repository only');
  }
  if (url.pathname === '/') throw refuse(text, 'it names a host and no repository');
  const plainHttp = url.protocol === 'http:';
  if (plainHttp && !isLoopback(url.hostname)) {
    throw refuse(url.href, 'http is for this machine only', `use https://${url.host}${url.pathname}`);
  }
  return {kind: 'https', url: url.href, origin: url.origin, plainHttp};
}

const hostPattern = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?';
const userPattern = '[A-Za-z0-9_][A-Za-z0-9._-]*';
const sshPattern = new RegExp(
  `^ssh://(?:${userPattern}@)?(?:${hostPattern}|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?/[^-/].*$`,
  'i',
);
const scpPattern = new RegExp(`^(?:${userPattern}@)?${hostPattern}:(?!/?-|.*:).+$`);

function sshSource(text: string): RepositorySource {
  if (!sshPattern.test(text)) throw refuse(withoutUser(text), 'it is no ssh://[USER@]HOST[:PORT]/PATH');
  return {kind: 'ssh', url: text};
}

function scpSource(text: string): RepositorySource {
  if (!scpPattern.test(text)) throw refuse(withoutUser(text), 'it is no [USER@]HOST:PATH');
  return {kind: 'ssh', url: text};
}

function localSource(text: string, directory: string): RepositorySource {
  const found = look(directory);
  if (found !== 'folder') {
    throw refuse(text, found, 'name an https or ssh URL, or the path of a git repository');
  }
  return {kind: 'local', url: directory};
}

function look(directory: string): string {
  try {
    return statSync(directory).isDirectory() ? 'folder' : 'it is no folder';
  } catch (error) {
    const {code = 'unknown error'} = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? 'there is no such folder'
      : `it cannot be read (${code})`;
  }
}

const withoutQuery = (url: URL): string => `${url.origin}${url.pathname}`;

/** Whatever stands before an @ may be a secret. */
const withoutUser = (text: string): string => text.replace(/^((?:[a-z+.-]+:\/\/)?).*@/i, '$1');

const forms = 'name it by https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or a local path';

function refuse(text: string, problem: string, suggestion = forms): CorectlError {
  return new CorectlError({
    code: 'invalid-source',
    message: `cannot use ${JSON.stringify(printable(text, 200))} as environments repository: ${problem}`,
    suggestions: [suggestion],
  });
}
