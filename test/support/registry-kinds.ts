// The registries that promotions run between, whatever they are made of.
import {startRealRegistry} from './real-registry.ts';
import type {RealTool} from './real-tools.ts';
import {startTestRegistry} from './registry.ts';
import {startZot} from './zot.ts';

export interface KindRegistry {
  /** `host:port`; plain HTTP. */
  readonly host: string;
  /** Requests so far that may have written something. */
  writes(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface RegistryKind {
  readonly name: string;
  /** What has to be installed. */
  readonly tools: readonly RealTool[];
  /** Whether it takes manifests of Docker's media types. */
  readonly docker: boolean;
  start(): Promise<KindRegistry>;
}

/** The built-in registry, Debian's docker-registry (no referrers API) and zot (nothing but OCI's media types). */
export const registryKinds: readonly RegistryKind[] = [
  {name: 'the built-in registry', tools: [], docker: true, start: startBuiltIn},
  {name: 'docker-registry', tools: ['docker-registry'], docker: true, start: startDebian},
  {name: 'zot', tools: ['zot'], docker: false, start: startOther},
];

async function startBuiltIn(): Promise<KindRegistry> {
  const registry = await startTestRegistry({uploadQuery: ''});
  const writes = () => Promise.resolve(writesIn(registry.log.requests()));
  return {host: registry.host, writes, stop: () => registry.close()};
}

async function startDebian(): Promise<KindRegistry> {
  const registry = await startRealRegistry();
  const writes = async () => writesIn(await registry.requests());
  return {host: registry.host, writes, stop: () => registry.stop()};
}

async function startOther(): Promise<KindRegistry> {
  const registry = await startZot();
  const writes = async () => writesIn(await registry.requests());
  return {host: registry.host, writes, stop: () => registry.stop()};
}

interface Logged {
  readonly method: string;
  readonly path?: string;
  readonly url?: string;
}

function writesIn(requests: readonly Logged[]): string[] {
  return requests
    .filter(({method}) => !['GET', 'HEAD'].includes(method))
    .map(({method, path, url}) => `${method} ${path ?? url ?? ''}`);
}
