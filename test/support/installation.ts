// What an installation is good for: the same promotion between two docker-registry servers, whatever way corectl came.
import {expect} from 'chai';
import {execFile} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import type {CliResult} from './cli.ts';
import {isolated} from './cli.ts';
import {commit, remove, temporaryFolder} from './git.ts';
import {repositoryFiles} from './promotion-home.ts';
import {digestAt, pushOneLayer} from './real-image.ts';
import {startRealRegistry, type RealRegistry} from './real-registry.ts';

/** Two registries, an image in the first, and the environments repository that leads from one to the other. */
export interface Sites {
  readonly folder: string;
  readonly repository: string;
  readonly digest: string;
  /** What the second registry has under a tag of the image, 1.0.0 unless told. */
  promoted(tag?: string): Promise<unknown>;
  /** Pushes another image to the first registry under a tag; resolves to its digest. */
  push(tag: string, content?: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts them. The tenant is `payments`; its `app:1.0.0` has passed fast-feedback in `dev`, and `prod` is next. */
export async function openSites(): Promise<Sites> {
  const folder = temporaryFolder();
  const registries: RealRegistry[] = [];
  const close = async () => {
    await Promise.all(registries.map((registry) => registry.stop()));
    remove(folder);
  };
  try {
    const dev = await startRealRegistry();
    registries.push(dev);
    const prod = await startRealRegistry();
    registries.push(prod);
    const repository = path.join(folder, 'environments');
    commit(
      repository,
      repositoryFiles({
        registries: {dev: dev.host, prod: prod.host},
        stages: {'fast-feedback': ['dev'], prod: ['prod']},
      }),
    );
    const place = (registry: RealRegistry, stage: string) =>
      `${registry.origin}/v2/tenant/payments/${stage}/app`;
    const source = place(dev, 'fast-feedback');
    const push = (tag: string, content?: string) => pushOneLayer(source, tag, {}, content);
    const promoted = (tag = '1.0.0') => digestAt(place(prod, 'prod'), tag, {});
    return {folder, repository, digest: await push('1.0.0'), promoted, push, close};
  } catch (error) {
    await close();
    throw error;
  }
}

/** Initialises and promotes twice with the command, and compares what arrived. */
export async function promotesBetweenRegistries(command: readonly string[]): Promise<void> {
  const sites = await openSites();
  try {
    const home = path.join(sites.folder, 'home');
    mkdirSync(home);
    const run = (...args: string[]) => ran([...command, ...args], isolated(home));
    const promote = ['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', 'fast-feedback'];
    const init = await run('init', '-e', sites.repository);
    expect(init.code, init.stderr).to.equal(0);
    for (const outcome of ['1 destination promoted', '1 destination up to date']) {
      const {code, stdout, stderr} = await run(...promote);
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain(outcome);
    }
    expect(await sites.promoted()).to.equal(sites.digest);
  } finally {
    await sites.close();
  }
}

/** Runs a program to its end, which is to come within five minutes unless told. */
export function ran(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  timeout = 300_000,
): Promise<CliResult> {
  return new Promise((resolve) => {
    execFile(program, args, {env, timeout, maxBuffer: 64 * 1024 * 1024}, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({code, stdout, stderr: stderr || (error?.message ?? '')});
    });
  });
}
