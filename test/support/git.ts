import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type RequestListener, type ServerResponse} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';

/** A folder of its own for a test. */
export const temporaryFolder = (): string => mkdtempSync(path.join(tmpdir(), 'corectl-test-'));

/** Removes a folder with all that is in it. */
export const remove = (folder: string): void => {
  // a process that was killed may have children that write to it for a moment longer
  rmSync(folder, {recursive: true, force: true, maxRetries: 5});
};

/** Files by their paths. */
export type Files = Readonly<Record<string, string>>;

/** Writes files below a folder, and the folders on their way. */
export function writeFiles(root: string, files: Files): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), {recursive: true});
    writeFileSync(path.join(root, file), text);
  }
}

const identity = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  // no look at each commit whether there is something to tidy up
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'maintenance.auto',
  GIT_CONFIG_VALUE_0: 'false',
};

/** Runs git in a folder, with nobody's configuration; its stdout without the last line end. */
export function git(folder: string, ...args: string[]): string {
  return run(folder, 'git', args);
}

function run(folder: string, program: string, args: readonly string[]): string {
  const env = {PATH: process.env.PATH, ...identity};
  return execFileSync(program, args, {cwd: folder, env, stdio: 'pipe'}).toString().trimEnd();
}

/** Writes the files, commits everything, and returns the commit's id. */
export function commit(root: string, files: Files = {}): string {
  mkdirSync(root, {recursive: true});
  writeFiles(root, files);
  run(root, 'sh', ['-c', existsSync(path.join(root, '.git')) ? committing : `${beginning} && ${committing}`]);
  return headOf(root);
}

/** One shell: starting each program costs a process of the tests' size as much as what they do. */
const beginning = 'git init --quiet --template= --initial-branch=main';
const committing = 'git add --all && git commit --quiet --allow-empty --message=test';

/** The commit that a repository of the test is at, read without git. */
export function headOf(root: string): string {
  const read = (name: string) => readFileSync(path.join(root, '.git', name), 'utf8').trim();
  const head = read('HEAD');
  return head.startsWith('ref: ') ? read(head.slice('ref: '.length)) : head;
}

export interface GitServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly requests: {readonly url: string; readonly authorization: string | undefined}[];
  close(): Promise<void>;
}

export interface GitServerOptions {
  /** Only requests with this Authorization header are served. */
  readonly authorization?: string;
  /** Every request is sent on to this origin. */
  readonly redirectTo?: string;
  readonly tls?: {readonly key: string; readonly cert: string};
}

/** Serves the repositories below a folder by git's own smart HTTP, on a loopback port. */
export async function serveGit(root: string, options: GitServerOptions = {}): Promise<GitServer> {
  const requests: GitServer['requests'] = [];
  const listener: RequestListener = (request, response) => {
    const {url = '/', headers} = request;
    requests.push({url, authorization: headers.authorization});
    if (options.redirectTo !== undefined) {
      response.writeHead(302, {location: `${options.redirectTo}${url}`}).end();
    } else if (options.authorization !== undefined && headers.authorization !== options.authorization) {
      response.writeHead(401, {'www-authenticate': 'Basic realm="test"'}).end();
    } else backend(root, request, response);
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** One request as a CGI call of git http-backend. */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const {headers} = request;
  const child = spawn('git', ['http-backend'], {
    env: {
      ...identity,
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: [headers['git-protocol'] ?? ''].flat().join(''),
    },
  });
  child.stdin.on('error', () => undefined); // it may not read a body that it does not need
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.on('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const lines = all.subarray(0, end).toString().split('\r\n');
    const pairs = lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
    const status = pairs.find(([name]) => name === 'Status')?.[1];
    const shown = pairs.filter(([name]) => name !== 'Status');
    response.writeHead(Number.parseInt(status ?? '200', 10), Object.fromEntries(shown));
    response.end(all.subarray(end + 4));
  });
}
