import type {Socket} from 'node:net';
import {startProxy, type Proxy} from './proxy.ts';

/** A registry that takes no more than so much. */
export interface ThrottledLink extends Proxy {
  /** Bytes a second to the registry, over all connections together; Infinity lifts the limit. */
  limit(bytesPerSecond: number): void;
}

/** Starts a proxy without a limit at first. */
export async function startThrottle(target: string): Promise<ThrottledLink> {
  let rate = Infinity;
  let free = 0;
  /** When so many bytes are through, after all those before them. */
  const passage = (bytes: number): number => {
    free = Math.max(performance.now(), free) + (bytes / rate) * 1000;
    return free;
  };
  const proxy = await startProxy(target, (client, server) => {
    server.pipe(client);
    forward(client, server, passage);
  });
  return {
    ...proxy,
    limit(bytesPerSecond) {
      rate = bytesPerSecond;
      free = 0;
    },
  };
}

/** Each piece goes on at once, and the next one is taken when it would have passed: the client fills its buffers and waits. */
function forward(client: Socket, server: Socket, passage: (bytes: number) => number): void {
  client.on('data', (chunk) => {
    client.pause();
    const due = passage(chunk.length);
    server.write(chunk, () => {
      const wait = due - performance.now();
      if (wait > 0) setTimeout(() => client.resume(), wait);
      else client.resume();
    });
  });
  client.once('end', () => server.end());
}
