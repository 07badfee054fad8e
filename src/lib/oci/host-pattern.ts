import {canonicalHost, isHost, type RegistryName} from './reference.ts';

declare const checked: unique symbol;

/** Hosts of registries as a user names them: `HOST`, `HOST:PORT`, or `*.example.com` for every name below one. */
export type HostPattern = string & {readonly [checked]: 'host pattern'};

/** How one is written, for messages. */
export const hostPatternForm = 'HOST, HOST:PORT or *.example.com';

/** The text as a pattern; undefined for what is none. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const lower = text.trim().toLowerCase();
  return isHost(lower.replace(/^\*\./, '')) ? (lower as HostPattern) : undefined;
}

/** Whether the pattern means the host. A port that is not named is the protocol's own: another one may be anybody's. */
export function covers(pattern: HostPattern, {host, plainHttp}: RegistryName): boolean {
  const named = canonicalHost({host: pattern, plainHttp});
  const wanted = canonicalHost({host, plainHttp});
  return named.startsWith('*.') ? wanted.endsWith(named.slice(1)) : named === wanted;
}
