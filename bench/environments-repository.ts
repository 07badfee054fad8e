import {execFile} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** Environments with the hosts of their registries, and stages with their environments and successors. */
export interface Landscape {
  readonly tenant: string;
  readonly environments: Readonly<Record<string, string>>;
  readonly stages: Readonly<
    Record<string, {readonly environments: readonly string[]; readonly next: readonly string[]}>
  >;
}

/** Writes and commits an environments repository in `folder`. */
export async function writeEnvironmentsRepository(folder: string, landscape: Landscape): Promise<void> {
  for (const [file, value] of Object.entries(files(landscape))) {
    const target = path.join(folder, file);
    await mkdir(path.dirname(target), {recursive: true});
    await writeFile(target, `${JSON.stringify(value, null, 2)}\n`); // JSON is YAML
  }
  await git(folder, 'init', '--quiet', '--initial-branch', 'main');
  await git(folder, 'add', '.');
  await git(folder, 'commit', '--quiet', '--message', 'environments');
}

function files({tenant, environments, stages}: Landscape): Record<string, unknown> {
  const names = Object.keys(environments);
  const configs = Object.entries(environments).map(([name, host]) => [
    `environments/${name}/config.yaml`,
    environment(name, host),
  ]);
  const p2p = Object.entries(stages).map(([name, stage]) => [
    name,
    {'default-envs': stage.environments, next: stage.next},
  ]);
  return {
    'corectl.yaml': {p2p: Object.fromEntries(p2p) as unknown},
    'environments/environments.yaml': {enabled: names},
    ...(Object.fromEntries(configs) as Record<string, unknown>),
    [`tenants/tenants/${tenant}.yaml`]: {name: tenant, kind: 'DeliveryUnit', environments: names},
  };
}

function environment(name: string, host: string): unknown {
  return {
    environment: name,
    tier: name,
    platform: {
      vendor: 'gcp',
      projectId: `project-${name}`,
      projectNumber: '123456789012',
      region: 'europe-west2',
    },
    registry: {url: `${host}/tenant/{tenant}/{stage}`, plainHttp: 'true', credentials: 'docker'},
  };
}

async function git(folder: string, ...args: string[]): Promise<void> {
  const author = [
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@example.com',
    '-c',
    'commit.gpgsign=false',
  ];
  await run('git', ['-C', folder, ...author, ...args], {env: {PATH: process.env.PATH, HOME: folder}});
}
