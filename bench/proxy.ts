import {connect, createServer, type AddressInfo, type Socket} from 'node:net';

/** A TCP proxy on loopback. */
export interface Proxy {
  /** `localhost:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

/** Starts a proxy that connects each client to `localhost:PORT` of `registry`; `join` carries the bytes. */
export async function startProxy(
  registry: string,
  join: (client: Socket, server: Socket) => void,
): Promise<Proxy> {
  const port = Number(registry.slice(registry.lastIndexOf(':') + 1));
  const open = new Set<Socket>();
  const proxy = createServer({allowHalfOpen: true, noDelay: true}, (client) => {
    const server = connect({host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true});
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(socket);
      socket.once('close', () => open.delete(socket)).on('error', () => other.destroy());
    }
    join(client, server);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    host: `localhost:${(proxy.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
