import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {isolated} from '../test/support/cli.ts';
import {startRealRegistry, type RealRegistry} from '../test/support/real-registry.ts';
import {writeEnvironmentsRepository, type Landscape} from './environments-repository.ts';
import {measure, type Run} from './measure.ts';
import {installedPeers, type Peer} from './peers.ts';

const entry = fileURLToPath(new URL('../bin/run.js', import.meta.url));

/** Who owns all images. */
export const tenant = 'bench';
/** Where everything starts from. */
export const fromStage = 'fast-feedback';

/** A registry, and where programs reach it: directly, or over a link. */
export interface Place {
  readonly registry: RealRegistry;
  /** `HOST:PORT`. */
  readonly host: string;
}

/** Makes a run of corectl from its arguments. */
export type Corectl = (...args: string[]) => Run;

/** Registries on loopback and the programs that are measured. */
export interface Laboratory {
  /** For files of a scenario; removed with everything else. */
  readonly folder: string;
  readonly source: Place;
  readonly destinations: readonly Place[];
  /** What installed peers there are. */
  readonly peers: readonly Peer[];
  /** Knows the stages `same`, which lies in the source's registry, and `one` and `three`, which lie in others. */
  readonly corectl: Corectl;
  readonly node: (...args: string[]) => Run;
  /** A corectl of its own for an environments repository with other stages. */
  readonly initialised: (landscape: Landscape) => Promise<Corectl>;
  /** Has something else closed, too. */
  closing<T extends {close(): Promise<void>}>(server: T): T;
  /** Ends the registries and removes everything. */
  close(): Promise<void>;
}

/** The repository of an image's stage, without the registry's host. */
export function repositoryOf(stage: string, image: string): string {
  return `tenant/${tenant}/${stage}/${image}`;
}

/** Starts it all, with corectl initialised; `registries` false leaves them out, for what needs none. */
export async function openLaboratory({registries}: {registries: boolean}): Promise<Laboratory> {
  const folder = await mkdtemp(path.join(tmpdir(), 'corectl-bench-'));
  const servers: {close(): Promise<void>}[] = [];
  const closing = <T extends {close(): Promise<void>}>(server: T): T => {
    servers.push(server);
    return server;
  };
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
    await rm(folder, {recursive: true, force: true});
  };
  try {
    const started: Place[] = [];
    for (let count = 0; registries && count < 4; count++) {
      const registry = await startRealRegistry();
      closing({close: () => registry.stop()});
      started.push({registry, host: registry.host});
    }
    const [source = absent, ...destinations] = started;
    const initialised = (landscape: Landscape) => initialise(folder, landscape);
    const corectl = await initialised(near(source, destinations));
    const home = path.join(folder, 'home');
    await mkdir(home);
    const env = isolated(home);
    const peers = installedPeers(env, folder);
    const node = (...args: string[]): Run => ({command: process.execPath, args, env});
    return {folder, source, destinations, peers, corectl, node, initialised, closing, close};
  } catch (error) {
    await close();
    throw error;
  }
}

/** Writes the environments repository and clones it into a home of its own, which has an empty file of Docker's logins. */
async function initialise(folder: string, landscape: Landscape): Promise<Corectl> {
  const own = await mkdtemp(path.join(folder, 'landscape-'));
  const [home, repository] = [path.join(own, 'home'), path.join(own, 'environments')];
  await mkdir(path.join(home, 'docker'), {recursive: true});
  await writeFile(path.join(home, 'docker/config.json'), '{"auths": {}}\n');
  await mkdir(repository);
  await writeEnvironmentsRepository(repository, landscape);
  const env = isolated(home);
  const corectl: Corectl = (...args) => ({command: process.execPath, args: [entry, ...args], env});
  await measure([corectl('init', '--environments-repo', repository)]);
  return corectl;
}

function near(source: Place, destinations: readonly Place[]): Landscape {
  const [dev = absent.host, eu = dev, us = dev, asia = dev] = [source, ...destinations].map(({host}) => host);
  return {
    tenant,
    environments: {dev, eu, us, asia},
    stages: {
      [fromStage]: {environments: ['dev'], next: ['same', 'one', 'three']},
      same: {environments: ['dev'], next: []},
      one: {environments: ['eu'], next: []},
      three: {environments: ['eu', 'us', 'asia'], next: []},
    },
  };
}

/** Stands in for the source where no registries run. */
const absent: Place = {
  host: 'localhost:1',
  registry: {
    host: 'localhost:1',
    origin: 'http://localhost:1',
    requests: () => Promise.resolve([]),
    forget: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  },
};
