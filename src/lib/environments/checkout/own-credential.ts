import type {Git} from './git.ts';
import type {RepositorySource} from './source.ts';

/**
 * Whether the user's git has a credential of its own for the source's host: `credential.URL.helper` (what `gh auth
 * setup-git` writes) or `http.URL.extraHeader` (what actions/checkout writes). What it has for every host does not count.
 */
export async function hasOwnCredential(git: Git, source: RepositorySource): Promise<boolean> {
  if (source.kind !== 'https') return false;
  const settings = await git('config', '--null', '--get-regexp', pattern).catch(() => '');
  return settings.split('\0').some((setting) => isFor(setting, new URL(source.url)));
}

const pattern = String.raw`^(credential\..+\.helper|http\..+\.extraheader)$`;

/** `KEY\nVALUE`; an empty value takes back those before it. */
function isFor(setting: string, url: URL): boolean {
  const [, key, value] = /^(?:credential|http)\.(.+)\.(?:helper|extraheader)\n([^]*)$/i.exec(setting) ?? [];
  return key !== undefined && value !== undefined && value !== '' && covers(key, url);
}

/** git-config(1), `http.<url>.*`: scheme, host with `*` for one label, port and a path's beginning; a user's name matters not. */
function covers(key: string, url: URL): boolean {
  const [, scheme, host = '', path = ''] = /^(?:([a-z]+):\/\/)?(?:[^/@]*@)?([^/]*)(\/.*)?$/i.exec(key) ?? [];
  if (scheme !== undefined && `${scheme.toLowerCase()}:` !== url.protocol) return false;
  const wanted = host.toLowerCase().replace(/:443$/, '').split('.');
  const found = url.host.split('.');
  if (wanted.length !== found.length) return false;
  if (!wanted.every((label, index) => label === '*' || label === found[index])) return false;
  const base = path.replace(/\/+$/, '');
  return url.pathname === base || url.pathname.startsWith(`${base}/`);
}
