import {readFile} from 'node:fs/promises';
import type {Agent} from 'node:http';
import {rootCertificates} from 'node:tls';
import {messageOf} from '../../errors.ts';
import {isLoopback} from '../../http/address.ts';
import {isExcluded} from '../../http/no-proxy.ts';
import {readNamedFile} from '../../named-file.ts';
import {percentDecoded} from '../../percent.ts';
import {printable} from '../../printable.ts';
import {usageError} from '../../usage-error.ts';
import type {Limits, WireOptions} from '../../http/wire.ts';

/** How registries are reached, by the process's environment and --ca-file: proxies, authorities, time limits. */
export async function networkSettings(env: NodeJS.ProcessEnv, caFile?: string): Promise<WireOptions> {
  const ca = await authorities(env, caFile);
  const proxyAgent = await proxies(env, ca);
  return {limits: limitsFrom(env), ca, proxyAgent};
}

/** The environment variables that set time limits, in seconds. */
export const limitVariables = {
  connect: 'CORECTL_CONNECT_TIMEOUT',
  answer: 'CORECTL_ANSWER_TIMEOUT',
  commit: 'CORECTL_COMMIT_TIMEOUT',
  idle: 'CORECTL_IDLE_TIMEOUT',
  preflight: 'CORECTL_PREFLIGHT_TIMEOUT',
} as const satisfies Record<keyof Limits, string>;

function limitsFrom(env: NodeJS.ProcessEnv): Partial<Limits> {
  const set = Object.entries(limitVariables).filter(([, variable]) => (env[variable] ?? '') !== '');
  return Object.fromEntries(
    set.map(([limit, variable]) => [limit, milliseconds(variable, env[variable] ?? '')]),
  );
}

function milliseconds(variable: string, text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return Math.ceil(seconds * 1000);
  const found = JSON.stringify(printable(text, 40));
  throw usageError('usage', `${variable}: expected seconds, a number above 0, found ${found}`, [
    `unset ${variable}, or set it to 60`,
  ]);
}

/** Given authorities are trusted besides Node's, and besides those of NODE_EXTRA_CA_CERTS. */
async function authorities(
  env: NodeJS.ProcessEnv,
  caFile: string | undefined,
): Promise<string[] | undefined> {
  if (caFile === undefined) return undefined;
  const extra = env.NODE_EXTRA_CA_CERTS
    ? await readFile(env.NODE_EXTRA_CA_CERTS, 'utf8').catch(() => '')
    : '';
  return [...rootCertificates, ...(extra === '' ? [] : [extra]), certificatesIn(caFile)];
}

function certificatesIn(file: string): string {
  let text: string;
  try {
    text = readNamedFile(file);
  } catch (error) {
    throw invalidAuthorities(file, messageOf(error));
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw invalidAuthorities(file, 'it holds no certificate in PEM');
}

function invalidAuthorities(file: string, why: string): Error {
  return usageError('usage', `--ca-file ${printable(file)}: ${printable(why)}`, [
    'name a file with the certificates of your authorities in PEM',
  ]);
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case; this machine is always reached directly. */
async function proxies(env: NodeJS.ProcessEnv, ca: string[] | undefined): Promise<WireOptions['proxyAgent']> {
  const named = ['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  if (!named.some((name) => env[name])) return undefined;
  const {getProxyForUrl, HttpProxyAgent, HttpsProxyAgent} = await import('../../http/proxy-agents.ts');
  const excluded = env.no_proxy || env.NO_PROXY || '';
  const agents = new Map<string, Agent>();
  return (url) => {
    if (isLoopback(url.hostname) || isExcluded(url, excluded) || getProxyForUrl(url.href) === '')
      return undefined;
    const proxy = proxyFor(url, env);
    const key = `${url.protocol} ${proxy}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const Proxy = url.protocol === 'https:' ? HttpsProxyAgent : HttpProxyAgent;
    const agent = Object.assign(new Proxy(proxy, {keepAlive: true, ...(ca && {ca})}), behindProxy(ca));
    agents.set(key, agent);
    return agent;
  };
}

/**
 * The address of the proxy for a URL. Without a scheme it speaks http, as curl and Go have it. Raises `usage` for what is no
 * proxy that corectl can speak to.
 */
function proxyFor({protocol}: URL, env: NodeJS.ProcessEnv): string {
  const names = [protocol.replace(':', '_proxy'), 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  const variable = names.find((name) => env[name]) ?? '';
  const text = env[variable] ?? '';
  const written = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    // no more of it is shown: there may be a password in it
    const found = url === undefined ? 'what is no address' : `${printable(url.protocol, 40)}//`;
    throw usageError('usage', `${variable}: expected http://HOST:PORT or https://HOST:PORT, found ${found}`, [
      `set ${variable} to a proxy that speaks http, or name in NO_PROXY what is reached without it`,
    ]);
  }
  // the library takes each % for the beginning of a character
  url.username = encodeURIComponent(percentDecoded(url.username));
  url.password = encodeURIComponent(percentDecoded(url.password));
  return url.href;
}

/** What an agent is made with is for the proxy; this is for the server behind it, where a request does not say. */
const behindProxy = (ca: string[] | undefined) => (ca ? {options: {path: undefined, ca}} : {});
