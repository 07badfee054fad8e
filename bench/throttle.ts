import type {Socket} from 'node:net';
import {startProxy, type Proxy} from './proxy.ts';

/** A registry that takes, or gives, no more than so much. */
export interface ThrottledLink extends Proxy {
  /** Bytes a second to or from the registry, over all connections together; Infinity lifts the limit. */
  limit(bytesPerSecond: number): void;
}

/** Starts a proxy without a limit at first: of what goes to the registry, or of what comes from it. */
export async function startThrottle(
  registry: string,
  direction: 'to' | 'from' = 'to',
): Promise<ThrottledLink> {
  let rate = Infinity;
  let free = 0;
  /** When so many bytes are through, after all those before them. */
  const passage = (bytes: number): number => {
    free = Math.max(performance.now(), free) + (bytes / rate) * 1000;
    return free;
  };
  const proxy = await startProxy(registry, (client, server) => {
    const [sender, receiver] = direction === 'to' ? [client, server] : [server, client];
    receiver.pipe(sender);
    forward(sender, receiver, passage);
  });
  return {
    ...proxy,
    limit(bytesPerSecond) {
      rate = bytesPerSecond;
      free = 0;
    },
  };
}

/** Each piece goes on at once, and the next one is taken when it would have passed: the sender fills its buffers and waits. */
function forward(sender: Socket, receiver: Socket, passage: (bytes: number) => number): void {
  sender.on('data', (chunk) => {
    sender.pause();
    const due = passage(chunk.length);
    receiver.write(chunk, () => {
      const wait = due - performance.now();
      if (wait > 0) setTimeout(() => sender.resume(), wait);
      else sender.resume();
    });
  });
  sender.once('end', () => receiver.end());
}
