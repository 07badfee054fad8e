import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {isolated} from '../test/support/cli.ts';
import {startRealRegistry, type RealRegistry} from '../test/support/real-registry.ts';
import {executable} from '../test/support/real-tools.ts';
import {writeEnvironmentsRepository} from './environments-repository.ts';
import {measure, type Run} from './measure.ts';

const entry = fileURLToPath(new URL('../bin/run.js', import.meta.url));

/** Where everything starts from. */
export const fromStage = 'fast-feedback';
/** Where each scenario promotes to: `same` lies in the source's registry, `one` and `three` in others. */
export type ToStage = 'same' | 'one' | 'three';

/** Registries on loopback, an environments repository that knows them, and the programs that are measured. */
export interface Laboratory {
  /** For files of a scenario; removed with everything else. */
  readonly folder: string;
  readonly source: RealRegistry;
  readonly destinations: readonly RealRegistry[];
  /** What installed peers there are. */
  readonly skopeo: boolean;
  corectl(...args: string[]): Run;
  skopeoCopy(from: string, to: string): Run;
  node(...args: string[]): Run;
  /** Ends the registries and removes everything. */
  close(): Promise<void>;
}

/** The repository of an image's stage, without the registry's host. */
export function repositoryOf(stage: string, image: string): string {
  return `tenant/bench/${stage}/${image}`;
}

/** Starts it all, with corectl initialised; `registries` false leaves them out, for what needs none. */
export async function openLaboratory({registries}: {registries: boolean}): Promise<Laboratory> {
  const folder = await mkdtemp(path.join(tmpdir(), 'corectl-bench-'));
  const started: RealRegistry[] = [];
  const close = async () => {
    await Promise.all(started.map((registry) => registry.stop()));
    await rm(folder, {recursive: true, force: true});
  };
  try {
    for (let count = 0; registries && count < 4; count++) started.push(await startRealRegistry());
    const [source = absent, ...destinations] = started;
    const laboratory = {folder, source, destinations, close, ...programs(folder)};
    await initialise(folder, laboratory);
    return laboratory;
  } catch (error) {
    await close();
    throw error;
  }
}

function programs(folder: string): Pick<Laboratory, 'skopeo' | 'corectl' | 'skopeoCopy' | 'node'> {
  const env = isolated(path.join(folder, 'home'));
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  return {
    skopeo: executable('skopeo') !== undefined,
    node: (...args) => ({command: process.execPath, args, env}),
    corectl: (...args) => ({command: process.execPath, args: [entry, ...args], env}),
    skopeoCopy: (from, to) => ({
      command: 'skopeo',
      args: [
        'copy',
        '--quiet',
        '--all',
        '--preserve-digests',
        ...plain,
        `docker://${from}`,
        `docker://${to}`,
      ],
      env: {...env, XDG_RUNTIME_DIR: folder},
    }),
  };
}

async function initialise(folder: string, laboratory: Laboratory): Promise<void> {
  const repository = path.join(folder, 'environments');
  const hosts = [laboratory.source, ...laboratory.destinations].map((registry) => registry.host);
  const [dev = absent.host, eu = dev, us = dev, asia = dev] = hosts;
  await mkdir(path.join(folder, 'home'));
  await mkdir(repository);
  await writeEnvironmentsRepository(repository, {
    tenant: 'bench',
    environments: {dev, eu, us, asia},
    stages: {
      [fromStage]: {environments: ['dev'], next: ['same', 'one', 'three']},
      same: {environments: ['dev'], next: []},
      one: {environments: ['eu'], next: []},
      three: {environments: ['eu', 'us', 'asia'], next: []},
    },
  });
  await measure([laboratory.corectl('init', '--environments-repo', repository)]);
}

/** Stands in for the source where no registries run. */
const absent: RealRegistry = {
  host: 'localhost:1',
  origin: 'http://localhost:1',
  requests: () => Promise.resolve([]),
  forget: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};
