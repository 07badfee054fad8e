// A home directory after `corectl init`, whose environments are registries of the test.
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {ConsentFlags} from '../../src/lib/cli/flags/consents.ts';
import {runCli, startCli, type CliOptions, type CliResult, type RunningCli} from './cli.ts';
import {commit, remove, temporaryFolder, type Files} from './git.ts';
import {initialise} from './initialised-home.ts';

export interface HomeOptions {
  /** `host[:port]` of each environment's registry. */
  readonly registries: Readonly<Record<string, string>>;
  /** The path: each stage's environments. */
  readonly stages: Readonly<Record<string, readonly string[]>>;
  /** http; https unless told so. Loopback hosts speak http by themselves when it is left out. */
  readonly plainHttp?: boolean;
  /** Docker's logins: host to user and password. */
  readonly logins?: Readonly<Record<string, readonly [string, string]>>;
  /** What the user allowed at init. */
  readonly consent?: ConsentFlags;
  /** More files of the environments repository. */
  readonly files?: Files;
}

export interface PromotionHome {
  readonly folder: string;
  corectl(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  start(args: readonly string[], options?: CliOptions): RunningCli;
  remove(): void;
}

/** Writes and clones an environments repository with a tenant `payments` in every environment, and `lab` in the first. */
export async function promotionHome(options: HomeOptions): Promise<PromotionHome> {
  const folder = temporaryFolder();
  const home = path.join(folder, 'home');
  mkdirSync(path.join(home, 'docker'), {recursive: true});
  writeFileSync(
    path.join(home, 'docker', 'config.json'),
    JSON.stringify({auths: authsOf(options.logins ?? {})}),
  );
  const repository = path.join(folder, 'repository');
  commit(repository, {...repositoryFiles(options), ...options.files});
  await initialise(home, repository, options.consent);
  return {
    folder,
    corectl: (args, more) => runCli(args, {...more, home}),
    start: (args, more) => startCli(args, {...more, home}),
    remove: () => {
      remove(folder);
    },
  };
}

/** The files of such a repository. */
export function repositoryFiles({registries, stages, plainHttp}: HomeOptions): Files {
  const names = Object.keys(registries);
  const list = (items: readonly string[]) => `[${items.join(', ')}]`;
  const http = plainHttp === undefined ? '' : `, plainHttp: ${plainHttp}`;
  const environments = Object.entries(registries).map(([name, host]) => [
    `environments/${name}/config.yaml`,
    `environment: ${name}\nregistry: {url: "${host}/tenant/{tenant}/{stage}", credentials: docker${http}}\n`,
  ]);
  return {
    'corectl.yaml': `p2p:\n${Object.entries(stages)
      .map(([stage, envs]) => `  ${stage}: {default-envs: ${list(envs)}}\n`)
      .join('')}`,
    ...(Object.fromEntries(environments) as Files),
    'tenants/tenants/org.yaml': `name: org\nkind: OrgUnit\nenvironments: ${list(names)}\n`,
    'tenants/tenants/payments.yaml': `name: payments\nkind: DeliveryUnit\nowner: org\nenvironments: ${list(names)}\n`,
    'tenants/tenants/lab.yaml': `name: lab\nkind: DeliveryUnit\nowner: org\nenvironments: ${list(names.slice(0, 1))}\n`,
  };
}

function authsOf(logins: NonNullable<HomeOptions['logins']>): Record<string, {auth: string}> {
  return Object.fromEntries(
    Object.entries(logins).map(([host, login]) => [
      host,
      {auth: Buffer.from(login.join(':')).toString('base64')},
    ]),
  );
}
