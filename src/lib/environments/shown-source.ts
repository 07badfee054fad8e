/**
 * A source as it may be shown and written down: without the user and password that an address in settings written by hand, or
 * by something else, may have. `init` and `update` refuse a password; what only reads does not look at it.
 */
export function shownSource(source: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return source;
  // what is no URL is never fetched, and whatever stands before its last @ may be a secret
  if (!URL.canParse(source)) return source.replace(/^([a-z][a-z0-9+.-]*:\/\/).*@/i, '$1');
  const url = new URL(source);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  if (url.password === '' && !(isWeb && url.username !== '')) return source;
  url.password = '';
  if (isWeb) url.username = '';
  return url.href;
}
