// A proxy that knows CONNECT.
import {createServer} from 'node:http';
import {connect, type AddressInfo, type Socket} from 'node:net';

export interface TestProxy {
  readonly port: number;
  /** `host:port` of each tunnel that was asked for. */
  readonly asked: readonly string[];
  /** The headers of those requests. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy that leads everywhere to one server, `host:port`. */
export async function startProxy(target: string): Promise<TestProxy> {
  const [asked, seen]: [string[], string[]] = [[], []];
  const [host = '', port = ''] = target.split(':');
  const proxy = createServer();
  const sockets = new Set<Socket>();
  proxy.on('connect', (request, client: Socket) => {
    asked.push(request.url ?? '');
    seen.push(request.rawHeaders.join(' '));
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    asked,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        proxy.close(() => {
          resolve();
        });
      });
    },
  };
}
