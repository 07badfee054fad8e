import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError, exitCodes} from '../errors.ts';
import {printable} from '../printable.ts';

/** The environments of the sandbox, in the order of their stages. */
export const sandboxEnvironments = ['dev', 'prod-eu', 'prod-us'] as const;
export type SandboxEnvironment = (typeof sandboxEnvironments)[number];

export interface SampleRepositoryOptions {
  /** `host:port` of each environment's registry. */
  readonly hosts: Readonly<Record<SandboxEnvironment, string>>;
  /** The process's environment, for git. */
  readonly env: NodeJS.ProcessEnv;
}

/** Makes an environments repository in the folder: a git repository of one commit. Raises `sandbox` without git. */
export async function writeSampleRepository(
  folder: string,
  {hosts, env}: SampleRepositoryOptions,
): Promise<void> {
  for (const [name, text] of Object.entries(filesFor(hosts))) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, text);
  }
  await git(folder, ['init', '--quiet', '--initial-branch=main'], env);
  await git(folder, ['add', '.'], env);
  await git(folder, ['commit', '--quiet', '--message', 'Sample environments'], env);
}

function filesFor(hosts: SampleRepositoryOptions['hosts']): Record<string, string> {
  return {
    'corectl.yaml': stages,
    'environments/environments.yaml': `enabled: [${sandboxEnvironments.join(', ')}]\n`,
    'environments/dev/config.yaml': environment('dev', 'dev', hosts.dev),
    'environments/prod-eu/config.yaml': environment('prod-eu', 'prod', hosts['prod-eu']),
    'environments/prod-us/config.yaml': environment('prod-us', 'prod', hosts['prod-us']),
    'tenants/tenants/shop.yaml': orgUnit,
    'tenants/tenants/shop/payments.yaml': deliveryUnit,
  };
}

const stages = `p2p:
  fast-feedback: {default-envs: [dev]}
  extended-test: {default-envs: [dev]}
  prod: {default-envs: [prod-eu, prod-us]}
`;

const environment = (name: string, tier: string, host: string): string => `environment: ${name}
tier: ${tier}
platform:
  vendor: gcp
  projectId: sandbox-${name}
  projectNumber: "100000000000"
  region: europe-west2
registry:
  url: ${host}/tenant/{tenant}/{stage}
  credentials: docker
`;

const orgUnit = `name: shop
kind: OrgUnit
environments: [${sandboxEnvironments.join(', ')}]
`;

const deliveryUnit = `name: payments
kind: DeliveryUnit
owner: shop
environments: [${sandboxEnvironments.join(', ')}]
`;

async function git(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const {execa} = await import('execa');
  const result = await execa('git', [...neutral, ...args], {
    cwd: folder,
    // nothing of the user's own settings: no signing, no hooks, no template
    env: {PATH: env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0'},
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
  });
  if (!result.failed) return;
  throw new CorectlError({
    code: 'sandbox',
    message: `cannot make the sample environments repository: ${printable(result.stderr === '' ? (result.shortMessage ?? '') : result.stderr)}`,
    suggestions: ['install git 2.28 or newer, and see that it is in PATH'],
    exitCode: exitCodes.failed,
  });
}

const neutral = [
  '-c',
  'user.name=corectl sandbox',
  '-c',
  'user.email=sandbox@localhost',
  '-c',
  'init.templateDir=',
];
