import {spawn, type ChildProcess} from 'node:child_process';
import {randomInt} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, request as ask, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {ended, Output} from './process-output.ts';

/** An `olareg` process on loopback. */
export interface Olareg {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Every request so far, in order. */
  requests(): {readonly method: string; readonly path: string}[];
  /** Ends the process and removes what it stored. */
  stop(): Promise<void>;
}

/** Times that another program may have the port. */
const attempts = 5;

/** Below those that systems give away by themselves, to clients too: 32768 and up on Linux (ip_local_port_range), 49152 elsewhere. */
const ports = {from: 20_000, to: 32_000} as const;

/** Starts an olareg with storage of its own; it answers when the promise resolves. It logs nothing, so a server in front of it does. */
export async function startOlareg(): Promise<Olareg> {
  const folder = await mkdtemp(path.join(tmpdir(), 'corectl-olareg-'));
  const {child, port} = await launched(folder);
  const requests: {method: string; path: string}[] = [];
  const front = createServer((request, response) => {
    requests.push({method: request.method ?? '', path: request.url ?? ''});
    forward(request, response, port);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(front.address() as AddressInfo).port}`;
  const stop = async () => {
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
    await ended(child);
    await rm(folder, {recursive: true, force: true});
  };
  return {host, requests: () => [...requests], stop};
}

/** It says which port it was given, not which one it chose: it is given one that nobody is given by chance. */
async function launched(folder: string): Promise<{child: ChildProcess; port: number}> {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(ports.from, ports.to);
    const args = ['serve', '--addr', '127.0.0.1', '--port', String(port), '--dir', folder, '-v', 'info'];
    const env = {PATH: process.env.PATH ?? ''};
    const child = spawn('olareg', args, {stdio: ['ignore', 'pipe', 'pipe'], env});
    const output = new Output(child, 'olareg');
    try {
      await output.shows('launching server');
      await answers(child, port);
      return {child, port};
    } catch (error) {
      await ended(child);
      if (attempt === attempts) throw error;
    }
  }
}

async function answers(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    // it ends where the port is another's, who may have answered
    if (child.exitCode !== null) throw new Error('olareg ended');
    if (answer?.ok === true) return;
    await pause(20);
  }
}

function forward(request: IncomingMessage, response: ServerResponse, port: number): void {
  const {method, url, headers} = request;
  const onward = ask({host: '127.0.0.1', port, method, path: url, headers}, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
