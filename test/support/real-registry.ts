import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {ended, Output} from './process-output.ts';
import {describeWith} from './real-tools.ts';

/** The login of a registry that was started with `login: true`. */
export const realLogin = {username: 'user', password: 'secret'} as const;

// bcrypt of realLogin.password with a cost of 4: Node cannot make one
const htpasswd = `${realLogin.username}:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n`;

/** One request of a registry's access log. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the response's body. */
  readonly bytes: number;
}

/** A process of Debian's `docker-registry`, or of its successor, on loopback. */
export interface RealRegistry {
  /** `localhost:PORT`. */
  readonly host: string;
  /** `http://localhost:PORT`. */
  readonly origin: string;
  /** Every request so far, in order. */
  requests(): Promise<LoggedRequest[]>;
  /** Removes a repository while the registry runs (it has no cache); everything without a name. */
  forget(repository?: string): Promise<void>;
  /** Ends the process and removes what it stored. */
  stop(): Promise<void>;
}

export interface RealRegistryOptions {
  /** Debian's unless told otherwise; `distribution` is version 3 of the same program. */
  readonly program?: 'docker-registry' | 'distribution';
  /** Ask every request for `realLogin`. */
  readonly login?: boolean;
  /** Ask every request for one of these instead: lines of `name:bcrypt`. */
  readonly htpasswd?: readonly string[];
  /** Send every request to a token service, and take what it signs for this service. */
  readonly tokens?: TokenAuthority & {readonly service: string};
}

/** Who signs tokens. */
export interface TokenAuthority {
  readonly realm: string;
  readonly issuer: string;
  /** PEM. */
  readonly certificate: string;
}

/** A suite that compares with Debian's docker-registry; skipped, and said so, where that is not installed. */
export function describeWithRealRegistry(title: string, define: (this: Mocha.Suite) => void): void {
  describeWith(['docker-registry'], title, define);
}

/** Starts a registry with storage of its own; it answers when the promise resolves. */
export async function startRealRegistry(options: RealRegistryOptions = {}): Promise<RealRegistry> {
  const {program = 'docker-registry'} = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'corectl-registry-'));
  const config = await writeConfig(folder, options);
  // version 3 would report its requests to a collector that nobody runs
  const env = {PATH: process.env.PATH ?? '', OTEL_TRACES_EXPORTER: 'none'};
  const child = spawn(program, ['serve', config], {stdio: ['ignore', 'pipe', 'pipe'], env});
  const output = new Output(child, program);
  const stop = () => ended(child).then(() => rm(folder, {recursive: true, force: true}));
  const listening = await output.shows(chosenPort).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const host = `localhost:${chosenPort.exec(listening)?.[1] ?? ''}`;
  const origin = `http://${host}`;
  const stored = path.join(folder, 'storage/docker/registry/v2');
  const forget = (repository?: string) =>
    rm(repository === undefined ? stored : path.join(stored, 'repositories', repository), {
      recursive: true,
      force: true,
    });
  return {host, origin, requests: () => requests(origin, output), forget, stop};
}

const chosenPort = /listening on 127\.0\.0\.1:(\d+)"/;

/** A request is logged after it was answered: a last one of our own marks the end. */
async function requests(origin: string, output: Output): Promise<LoggedRequest[]> {
  const mark = `/v2/?mark=${randomUUID()}`;
  await fetch(`${origin}${mark}`).then((answer) => answer.text());
  const logged = parseLog(await output.shows(`GET ${mark} `));
  return logged.filter((request) => !request.path.startsWith('/v2/?mark='));
}

async function writeConfig(folder: string, options: RealRegistryOptions): Promise<string> {
  const storage = path.join(folder, 'storage');
  await mkdir(storage);
  const auth = await writeAuth(folder, options);
  const config = {
    version: '0.1',
    log: {level: 'info', accesslog: {disabled: false}},
    storage: {filesystem: {rootdirectory: storage}, delete: {enabled: true}},
    http: {addr: '127.0.0.1:0'},
    ...(auth && {auth}),
  };
  const file = path.join(folder, 'config.yml');
  await writeFile(file, JSON.stringify(config)); // JSON is YAML
  return file;
}

/** The configuration's `auth` block, and the file that it names. */
async function writeAuth(
  folder: string,
  {login = false, htpasswd: logins, tokens}: RealRegistryOptions,
): Promise<object | undefined> {
  if (tokens) {
    const {certificate, ...token} = tokens;
    const rootcertbundle = path.join(folder, 'tokens.pem');
    await writeFile(rootcertbundle, certificate);
    return {token: {...token, rootcertbundle}};
  }
  if (!login && !logins) return undefined;
  const users = path.join(folder, 'htpasswd');
  await writeFile(users, logins ? `${logins.join('\n')}\n` : htpasswd);
  return {htpasswd: {realm: 'test', path: users}};
}

function parseLog(text: string): LoggedRequest[] {
  const line = /"(GET|HEAD|POST|PUT|PATCH|DELETE) (\S+) HTTP\/[\d.]+" (\d+) (\d+)/g;
  return Array.from(text.matchAll(line), ([, method = '', target = '', status, bytes]) => ({
    method,
    path: target,
    status: Number(status),
    bytes: Number(bytes),
  }));
}
