import {once} from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type {AddressInfo, Socket} from 'node:net';
import {expect} from 'chai';
import {Wire} from '../../../src/lib/http/wire.ts';
import {selfSigned} from '../../support/certificate.ts';

describe('connections that are opened before they are needed', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** A server that holds its answers back until so many requests are there, and counts its connections. */
  async function serverOf(scheme: 'http' | 'https') {
    const {key, cert} = selfSigned();
    const held: http.ServerResponse[] = [];
    let together = 1;
    const listener: http.RequestListener = (_, response) => {
      held.push(response);
      if (held.length >= together) for (const one of held.splice(0)) one.end();
    };
    const server =
      scheme === 'https' ? https.createServer({key, cert}, listener) : http.createServer(listener);
    const connections = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const wire = new Wire({ca: [cert]});
    closing.push(() => {
      wire.close();
      server.closeAllConnections();
      server.close();
    });
    const url = new URL(`${scheme}://127.0.0.1:${port}/v2/`);
    const ask = async (count: number) => {
      together = count;
      const answers = Array.from({length: count}, () => wire.send({method: 'GET', url}));
      for (const answer of await Promise.all(answers)) await once(answer.resume(), 'end');
    };
    /** Opens them, and waits until the server has so many connections. */
    const expecting = async (requests: number, connected: number) => {
      wire.expect(url, requests);
      while (connections.size < connected) await once(server, 'connection');
    };
    return {server, wire, url, connections, ask, expecting};
  }

  for (const scheme of ['http', 'https'] as const)
    it(`serve the requests that follow, by ${scheme}: no further one is opened`, async () => {
      const {connections, ask, expecting} = await serverOf(scheme);
      await ask(1);
      await expecting(5, 5);
      await ask(5);
      expect(connections.size).to.equal(5);
    });

  it('are as many as are missing, however often they are expected', async () => {
    const {connections, ask, expecting} = await serverOf('http');
    await ask(3);
    await expecting(4, 4);
    await expecting(4, 4);
    await ask(4);
    expect(connections.size).to.equal(4);
  });

  it('are not opened to a host that nothing was asked yet', async () => {
    const {wire, url, connections, ask} = await serverOf('http');
    wire.expect(url, 5);
    await ask(1);
    expect(connections.size).to.equal(1);
  });

  it('are all given up when one turns out to be dead', async () => {
    const {wire, url, connections, ask, expecting} = await serverOf('http');
    await ask(1);
    await expecting(6, 6);
    for (const socket of connections) socket.destroy();
    const failures: unknown[] = [];
    for (let asked = 0; asked < 6; asked += 1)
      await wire.send({method: 'GET', url}).then(
        (answer) => once(answer.resume(), 'end'),
        (error: unknown) => failures.push(error),
      );
    // one that was kept, and one of these
    expect(failures.length).to.be.at.most(2);
  });

  it('are closed with the others', async () => {
    const {wire, connections, ask, expecting} = await serverOf('http');
    await ask(1);
    await expecting(4, 4);
    const closed = [...connections].map((socket) => once(socket, 'close'));
    wire.close();
    await Promise.all(closed);
  });
});
