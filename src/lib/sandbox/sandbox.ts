import {randomBytes} from 'node:crypto';
import {mkdir, mkdtemp, realpath, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pushImage, type SandboxRegistry} from './registry-client.ts';
import {sampleImage, type SampleImage} from './sample-image.ts';
import {sandboxEnvironments, writeSampleRepository, type SandboxEnvironment} from './sample-repository.ts';
import {homeDirectory} from '../environments/home.ts';
import {startRegistry, type RunningRegistry} from '../registry/server.ts';

/** What the sandbox's image is called, and whose it is. */
export const sample = {tenant: 'payments', name: 'app', tag: '1.0.0', stage: 'fast-feedback'} as const;

/** A registry of the sandbox, with what it was asked. */
export interface OpenRegistry extends SandboxRegistry {
  readonly environment: SandboxEnvironment;
  readonly log: RunningRegistry['log'];
}

/** Everything needed to try corectl, until it is closed. */
export interface Sandbox {
  /** Holds all the rest. */
  readonly folder: string;
  /** For CORECTL_HOME. */
  readonly home: string;
  /** For DOCKER_CONFIG: the logins. */
  readonly dockerConfig: string;
  /** The environments repository. */
  readonly repository: string;
  readonly registries: Readonly<Record<SandboxEnvironment, OpenRegistry>>;
  readonly image: SampleImage;
  /** Stops the registries and removes the folder. */
  readonly close: () => Promise<void>;
}

/** Starts a registry for each sample environment and lays out a repository, an image and an empty home. */
export async function openSandbox(env: NodeJS.ProcessEnv): Promise<Sandbox> {
  const folder = await temporaryFolder(env);
  const running: RunningRegistry[] = [];
  const close = async () => {
    await Promise.all(running.map((one) => one.close()));
    await rm(folder, {recursive: true, force: true});
  };
  try {
    const registries = {
      dev: await openRegistry('dev', running),
      'prod-eu': await openRegistry('prod-eu', running),
      'prod-us': await openRegistry('prod-us', running),
    };
    return {...(await layOut(folder, registries, env)), close};
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where nothing else can be written, as in a container whose root is read-only, the home directory can. */
async function temporaryFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const below = async (folder: string) => mkdtemp(path.join(await realpath(folder), 'corectl-sandbox-'));
  try {
    return await below(tmpdir());
  } catch (refused) {
    const home = homeDirectory(env);
    return mkdir(home, {recursive: true, mode: 0o700}).then(
      () => below(home),
      () => Promise.reject(refused as Error),
    );
  }
}

/** A repository of the sample tenant below a registry's host. */
export const sampleRepositoryPath = (stage: string): string =>
  `tenant/${sample.tenant}/${stage}/${sample.name}`;

async function openRegistry(
  environment: SandboxEnvironment,
  running: RunningRegistry[],
): Promise<OpenRegistry> {
  const username = `${environment}-robot`;
  const password = randomBytes(16).toString('hex');
  const registry = await startRegistry({auth: {kind: 'basic', users: [{name: username, password}]}});
  running.push(registry);
  return {environment, host: registry.host, username, password, log: registry.log};
}

async function layOut(
  folder: string,
  registries: Sandbox['registries'],
  env: NodeJS.ProcessEnv,
): Promise<Omit<Sandbox, 'close'>> {
  const home = path.join(folder, 'home');
  const dockerConfig = path.join(folder, 'docker');
  const repository = path.join(folder, 'environments');
  const hosts = {
    dev: registries.dev.host,
    'prod-eu': registries['prod-eu'].host,
    'prod-us': registries['prod-us'].host,
  };
  await mkdir(home);
  await writeLogins(dockerConfig, registries);
  await mkdir(repository);
  await writeSampleRepository(repository, {hosts, env});
  const image = sampleImage();
  await pushImage(registries.dev, sampleRepositoryPath(sample.stage), {image, tag: sample.tag});
  return {folder, home, dockerConfig, repository, registries, image};
}

async function writeLogins(folder: string, registries: Sandbox['registries']): Promise<void> {
  const entries = sandboxEnvironments.map((name) => {
    const {host, username, password} = registries[name];
    return [host, {auth: Buffer.from(`${username}:${password}`).toString('base64')}];
  });
  await mkdir(folder, {mode: 0o700});
  const text = JSON.stringify({auths: Object.fromEntries(entries) as object}, undefined, 2);
  await writeFile(path.join(folder, 'config.json'), `${text}\n`, {mode: 0o600});
}
