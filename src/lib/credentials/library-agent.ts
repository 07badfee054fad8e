import type {Agent} from 'node:http';
import https from 'node:https';
import type {WireOptions} from '../oci/wire.ts';

/**
 * How a cloud's own library reaches a URL as everything else does: through the proxy that is set, trusting the authorities
 * that are given. Undefined where Node's own agent does that.
 */
export function libraryAgent(url: URL, wire: WireOptions | undefined): Agent | undefined {
  const proxy = wire?.proxyAgent?.(url);
  if (proxy !== undefined) return proxy;
  if (wire?.ca === undefined || url.protocol !== 'https:') return undefined;
  return new https.Agent({ca: [...wire.ca]});
}
