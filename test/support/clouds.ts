// Environments of one tenant on one registry host, told apart by their identities alone.
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {Permission, User} from '../../src/lib/registry/access.ts';
import {runCli, type CliResult} from './cli.ts';
import {commit, type Files} from './git.ts';
import {initialise} from './initialised-home.ts';
import type {Mint, Minted} from './token-mint.ts';

/** Who may log in to a registry with what the mint issued; `permissions` by holder, nobody else. */
export function mintedUsers(
  mint: Mint,
  permissions: Readonly<Record<string, readonly Permission[]>>,
  name = 'oauth2accesstoken',
): User[] {
  const users: User[] = [];
  const before = mint.onLogin;
  mint.onLogin = (login) => {
    before(login);
    const allowed = permissions[login.holder];
    if (allowed) users.push(userOf(login, allowed, name));
  };
  return users;
}

/** Its password is right as long as the token lives. */
function userOf({token, expires}: Minted, permissions: readonly Permission[], name: string): User {
  const current = (): string => (expires > Date.now() ? token : `ended-${token}`);
  return {
    name,
    permissions,
    get password() {
      return current();
    },
    get refreshToken() {
      return current();
    },
  };
}

export interface CloudEnvironment {
  readonly name: string;
  /** The `platform` block in one line of YAML. */
  readonly platform: string;
  /** `host/path/{tenant}/{stage}` */
  readonly registry: string;
  readonly credentials?: string;
}

export interface CloudHome {
  readonly folder: string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult>;
  remove(): void;
}

/** The first environment is of both earlier stages, the others of prod. */
function cloudRepository([dev, ...prod]: readonly CloudEnvironment[]): Files {
  const all = [...(dev ? [dev] : []), ...prod];
  const names = all.map(({name}) => name).join(', ');
  return {
    'corectl.yaml': `p2p:
  fast-feedback: {default-envs: [${dev?.name ?? ''}]}
  extended-test: {default-envs: [${dev?.name ?? ''}]}
  prod: {default-envs: [${prod.map(({name}) => name).join(', ')}]}
`,
    ...Object.fromEntries(
      all.map(({name, platform, registry, credentials}) => [
        `environments/${name}/config.yaml`,
        `environment: ${name}\nplatform: ${platform}\nregistry: {url: '${registry}'${credentials ? `, credentials: ${credentials}` : ''}}\n`,
      ]),
    ),
    'tenants/tenants/payments.yaml': `name: payments\nkind: DeliveryUnit\nenvironments: [${names}]\n`,
  };
}

/** A home with these environments, as after `corectl init`; its user vouches for their registries unless told otherwise. */
export async function cloudHome(
  environments: readonly CloudEnvironment[],
  {trusted = true}: {readonly trusted?: boolean} = {},
): Promise<CloudHome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'corectl-clouds-'));
  const source = path.join(folder, 'environments');
  const home = path.join(folder, 'home');
  mkdirSync(home);
  commit(source, cloudRepository(environments));
  const hosts = environments.map(({registry}) => registry.replace(/\/.*/, ''));
  const consent = trusted ? {CORECTL_TRUSTED_HOSTS: [...new Set(hosts)].join()} : {};
  const run: CloudHome['run'] = (args, env = {}) =>
    runCli(args, {home, env: {...consent, ...env}, timeoutMs: 120_000});
  await initialise(home, source);
  return {
    folder,
    run,
    remove: () => {
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
