import type {Agent} from 'node:http';
import https from 'node:https';
import type {WireOptions} from '../http/wire.ts';

/**
 * How a cloud's own library reaches a URL as everything else does: through the proxy that is set, trusting the authorities
 * that are given. Undefined where Node's own agent does that. What is asked by http is on this machine or next to it, like
 * metadata servers: a proxy has no business to see those tokens.
 */
export function libraryAgent(url: URL, wire: WireOptions | undefined): Agent | undefined {
  if (url.protocol !== 'https:') return undefined;
  const proxy = wire?.proxyAgent?.(url);
  if (proxy !== undefined || wire?.ca === undefined) return proxy;
  return new https.Agent({ca: [...wire.ca]});
}
