// The registries that promotions run between, whatever they are made of.
import {startOlareg} from './olareg.ts';
import {startRealRegistry} from './real-registry.ts';
import {debianTools, type RealTool} from './real-tools.ts';
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

/** The built-in registry, docker-registry and its version 3 (no referrers API), zot (nothing but OCI's media types) and olareg. */
export const registryKinds: readonly RegistryKind[] = [
  {name: 'the built-in registry', tools: [], docker: true, start: startBuiltIn},
  {
    name: 'docker-registry',
    tools: ['docker-registry'],
    docker: true,
    start: () => startReal('docker-registry'),
  },
  {name: 'distribution 3', tools: ['distribution'], docker: true, start: () => startReal('distribution')},
  {name: 'zot', tools: ['zot'], docker: false, start: startOther},
  {name: 'olareg', tools: ['olareg'], docker: true, start: startSmall},
];

/** Those that something is promoted to from a registry: not every one that is built with Go to every other, which would only take time. */
export function metBy(from: RegistryKind): readonly RegistryKind[] {
  const isAtHand = ({tools}: RegistryKind) =>
    tools.every((tool) => (debianTools as readonly RealTool[]).includes(tool));
  return registryKinds.filter((to) => to === from || isAtHand(from) || isAtHand(to));
}

async function startBuiltIn(): Promise<KindRegistry> {
  const registry = await startTestRegistry({uploadQuery: ''});
  const writes = () => Promise.resolve(writesIn(registry.log.requests()));
  return {host: registry.host, writes, stop: () => registry.close()};
}

async function startReal(program: 'docker-registry' | 'distribution'): Promise<KindRegistry> {
  const registry = await startRealRegistry({program});
  const writes = async () => writesIn(await registry.requests());
  return {host: registry.host, writes, stop: () => registry.stop()};
}

async function startOther(): Promise<KindRegistry> {
  const registry = await startZot();
  const writes = async () => writesIn(await registry.requests());
  return {host: registry.host, writes, stop: () => registry.stop()};
}

async function startSmall(): Promise<KindRegistry> {
  const registry = await startOlareg();
  const writes = () => Promise.resolve(writesIn(registry.requests()));
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
