import {once} from 'node:events';
import {createServer as createHttpServer} from 'node:http';
import {connect, createServer, type AddressInfo, type Server, type Socket} from 'node:net';
import {Worker} from 'node:worker_threads';
import {expect} from 'chai';
import {readBody, Wire, type Limits} from '../../../src/lib/http/wire.ts';

describe('a server that', () => {
  let server: Server | undefined;
  let wire: Wire | undefined;
  const sockets = new Set<Socket>();

  afterEach(() => {
    wire?.close();
    server?.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });

  async function errorOf(
    serve: (socket: Socket) => void,
    scheme = 'http',
    limits: Partial<Limits> = {},
  ): Promise<unknown> {
    const listening = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      serve(socket);
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const {port} = listening.address() as AddressInfo;
    wire = new Wire({limits: {connect: 200, answer: 200, idle: 200, ...limits}});
    const url = new URL(`${scheme}://127.0.0.1:${port}/v2/`);
    return wire.send({method: 'GET', url}).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('answers with a byte now and then, for ever, is given up', async () => {
    let sending: NodeJS.Timeout | undefined;
    const server = createHttpServer((_, response) => {
      response.writeHead(200);
      sending = setInterval(() => response.write('x'), 10);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const slow = new Wire();
    try {
      const response = await slow.send({method: 'GET', url: new URL(`http://127.0.0.1:${port}/v2/`)});
      const error: unknown = await readBody(response, 1_000_000, 300).catch((caught: unknown) => caught);
      expect(error).to.include({code: 'timeout'});
      expect((error as Error).message).to.include('4096 bytes a second');
    } finally {
      clearInterval(sending);
      slow.close();
      server.closeAllConnections();
      server.close();
    }
  });

  it('takes connections and never answers is given up', async () => {
    expect(await errorOf(() => undefined)).to.include({code: 'timeout'});
  });

  it('does not even take connections is given up (on Linux)', async function () {
    if (process.platform !== 'linux') return this.skip();
    // a queue for two, and nobody who looks after it
    const worker = new Worker(
      `const server = require('node:net').createServer();
      server.listen({port: 0, host: '127.0.0.1', backlog: 1}, () => {
        require('node:worker_threads').parentPort.postMessage(server.address().port);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);
      });`,
      {eval: true},
    );
    const [port] = (await once(worker, 'message')) as [number];
    for (let i = 0; i < 4; i += 1) sockets.add(connect(port, '127.0.0.1').on('error', () => undefined));
    wire = new Wire({limits: {connect: 300, answer: 10_000}});
    const url = new URL(`http://127.0.0.1:${port}/v2/`);
    const error: unknown = await wire.send({method: 'GET', url}).catch((caught: unknown) => caught);
    await worker.terminate();
    expect(error).to.include({code: 'timeout'});
    expect((error as Error).message).to.include('no connection within 300 ms');
  });

  it('never ends the TLS handshake is given up', async () => {
    expect(await errorOf(() => undefined, 'https')).to.include({code: 'timeout'});
  });

  it('speaks no TLS is told of, and not asked without it', async () => {
    let connections = 0;
    const error = await errorOf((socket) => {
      connections += 1;
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }, 'https');
    expect(error).to.include({code: 'tls'});
    expect(connections).to.equal(1);
  });

  it('speaks no HTTP is told of', async () => {
    const error = await errorOf((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(error).to.include({code: 'not-a-registry'});
  });

  it('closes at once is told of in words', async () => {
    const error = await errorOf((socket) => socket.end());
    expect(error).to.include({code: 'unreachable'});
    expect((error as Error).message)
      .to.include('closed')
      .and.not.include('ECONN');
  });
});
