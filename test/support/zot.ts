import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {ended, Output} from './process-output.ts';

/** A `zot` process on loopback. */
export interface Zot {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Every request so far, in order. */
  requests(): Promise<{readonly method: string; readonly path: string; readonly status: number}[]>;
  /** Ends the process and removes what it stored. */
  stop(): Promise<void>;
}

/** Starts a zot as it comes, without a login, with storage of its own; it answers when the promise resolves. */
export async function startZot(): Promise<Zot> {
  const folder = await mkdtemp(path.join(tmpdir(), 'corectl-zot-'));
  const config = path.join(folder, 'config.json');
  await writeFile(config, JSON.stringify(configuration(path.join(folder, 'storage'))));
  const child = spawn('zot', ['serve', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {HOME: folder, PATH: process.env.PATH ?? ''},
  });
  const output = new Output(child, 'zot');
  const stop = () => ended(child).then(() => rm(folder, {recursive: true, force: true}));
  try {
    const [, port = ''] = chosenPort.exec(await output.shows(chosenPort)) ?? [];
    const host = `127.0.0.1:${port}`;
    return {host, requests: () => requests(host, output), stop};
  } catch (error) {
    await stop();
    throw error;
  }
}

const chosenPort = /"message":"port is unspecified[^\n]*"port":(\d+)\D/;

function configuration(rootDirectory: string): unknown {
  return {
    distSpecVersion: '1.1.1',
    storage: {rootDirectory, gc: false},
    http: {address: '127.0.0.1', port: '0'},
    log: {level: 'info'},
  };
}

/** A request is logged after it was answered: a last one of our own marks the end. */
async function requests(host: string, output: Output): ReturnType<Zot['requests']> {
  const mark = `/v2/?mark=${randomUUID()}`;
  await fetch(`http://${host}${mark}`).then((answer) => answer.text());
  const marked = `"path":"${mark}"`;
  const lines = (await output.shows(marked)).split('\n').filter((line) => line.includes('"HTTP API"'));
  return lines
    .filter((line) => !line.includes('"path":"/v2/?mark='))
    .map((line) => JSON.parse(line) as {method: string; path: string; statusCode: number})
    .map(({method, path: target, statusCode}) => ({method, path: target, status: statusCode}));
}
