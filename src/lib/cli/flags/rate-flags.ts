import * as Flags from '@oclif/core/flags';
import {Rates} from '../../http/rates.ts';
import {isHost} from '../../oci/reference.ts';
import {printable} from '../../printable.ts';
import {usageError} from '../../usage-error.ts';
import {several} from './several.ts';

/** For commands that ask registries thousands of times. */
export const rateFlags = {
  'requests-per-second': Flags.string({
    helpValue: 'HOST=N',
    description: 'no more than N requests to a host in any second, all shards together; repeatable',
    ...several,
  }),
};

/** Requests a second that no registry bears, and no process sends. */
const mostPerSecond = 100_000;

/**
 * The rates that `HOST=N` flags name, for one of so many processes that share them. Raises `usage` for what is no host or no
 * number, and for a host that is named twice.
 */
export function ratesOf(flags: readonly string[], shards: number): Rates | undefined {
  if (flags.length === 0) return undefined;
  const rates = new Map<string, number>();
  for (const text of flags) {
    const {host, perSecond} = parsed(text);
    if (rates.has(host)) throw invalid(text, `${host} is named twice`);
    rates.set(host, perSecond / shards);
  }
  return new Rates(rates);
}

function parsed(text: string): {host: string; perSecond: number} {
  const [, name = '', number = ''] = /^(.+)=(\d{1,6}(?:\.\d{1,6})?)$/.exec(text.trim()) ?? [];
  const perSecond = Number(number);
  const host = asAsked(name.toLowerCase());
  if (!isHost(host)) throw invalid(text, 'expected HOST=N');
  if (!(perSecond > 0 && perSecond <= mostPerSecond))
    throw invalid(text, `expected a number up to ${mostPerSecond}`);
  return {host, perSecond};
}

/** A host as it is asked: docker.io's registry has another name, and a port that is the protocol's own goes unsaid. */
function asAsked(host: string): string {
  if (host === 'docker.io' || host === 'index.docker.io') return 'registry-1.docker.io';
  return host.replace(/:443$/, '');
}

function invalid(text: string, why: string): Error {
  return usageError('usage', `--requests-per-second ${JSON.stringify(printable(text, 100))}: ${why}`, [
    'for instance --requests-per-second europe-west2-docker.pkg.dev=100',
  ]);
}
