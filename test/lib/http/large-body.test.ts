import {randomBytes} from 'node:crypto';
import {createServer, type AddressInfo, type Socket} from 'node:net';
import {createServer as createTlsServer} from 'node:tls';
import {expect} from 'chai';
import {bodyOf} from '../../../src/lib/http/large-body.ts';
import {Wire} from '../../../src/lib/http/wire.ts';
import {selfSigned} from '../../support/certificate.ts';

const {key, cert} = selfSigned();

async function toTheEnd(content: AsyncIterable<Buffer>): Promise<number> {
  let length = 0;
  for await (const piece of content) length += piece.length;
  return length;
}

describe('a body that is read in large pieces', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** A server that does as told with each request that comes, and a wire to it. */
  async function serverOf(serve: (socket: Socket, request: number) => void, scheme = 'http') {
    const sockets = new Set<Socket>();
    let [connections, requests] = [0, 0];
    const take = (socket: Socket) => {
      connections += 1;
      sockets.add(socket.on('error', () => undefined));
      socket.setNoDelay().on('data', () => {
        requests += 1;
        serve(socket, requests);
      });
    };
    const server = scheme === 'https' ? createTlsServer({key, cert}, take) : createServer(take);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const wire = new Wire({ca: [cert]});
    closing.push(() => {
      wire.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const url = new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/v2/`);
    const ask = (signal?: AbortSignal) => wire.send({method: 'GET', url, signal});
    /** The body of an answer, and what ended it before its end. */
    const read = async () => {
      const response = await ask();
      const pieces: Buffer[] = [];
      const body = bodyOf(response, 1);
      let failure: unknown;
      try {
        for await (const piece of body) pieces.push(piece);
      } catch (error) {
        failure = error;
      }
      return {pieces, content: Buffer.concat(pieces), failure, past: body !== response};
    };
    return {ask, read, connections: () => connections};
  }

  const answer = (content: Buffer, ...headers: readonly string[]) =>
    Buffer.concat([
      Buffer.from(['HTTP/1.1 200 OK', `Content-Length: ${content.length}`, ...headers, '', ''].join('\r\n')),
      content,
    ]);

  /** Sends the parts one after another, as far apart as the kernel lets them be. */
  function sendApart(socket: Socket, [part, ...rest]: readonly Buffer[]): void {
    if (part !== undefined) socket.write(part, () => setImmediate(sendApart, socket, rest));
  }

  for (const scheme of ['http', 'https'])
    it(`is what was sent, by ${scheme}, in few pieces`, async () => {
      const content = randomBytes(8 * 1024 * 1024 + 1);
      const {read} = await serverOf((socket) => socket.write(answer(content)), scheme);
      const {content: found, pieces, past} = await read();
      expect(found.equals(content)).to.equal(true);
      expect(past).to.equal(true);
      expect(pieces.length).to.be.below(200);
    });

  for (const scheme of ['http', 'https'])
    it(`is whole for a reader that comes late, by ${scheme}`, async () => {
      const content = randomBytes(4 * 1024 * 1024);
      const {ask} = await serverOf((socket) => socket.write(answer(content)), scheme);
      const response = await ask();
      // until Node's streams have enough
      while (!response.socket.isPaused() && !response.complete) await new Promise(setImmediate);
      const pieces: Buffer[] = [];
      for await (const piece of bodyOf(response, 1)) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(content)).to.equal(true);
    });

  it('is the same wherever its answer is cut', async () => {
    const content = randomBytes(100);
    const whole = Buffer.concat([
      Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'),
      answer(content, 'Connection: keep-alive'),
    ]);
    const {read} = await serverOf((socket, request) => {
      sendApart(socket, [whole.subarray(0, request), whole.subarray(request)]);
    });
    for (let cut = 1; cut < whole.length; cut += 1) {
      const {content: found, failure} = await read();
      expect(found.equals(content), `cut at ${cut}: ${String(failure)}`).to.equal(true);
    }
  });

  it('ends where its length says: what follows is dropped, with the connection', async () => {
    const content = randomBytes(100_000);
    const forged = answer(Buffer.from('not asked for'));
    const {read, connections} = await serverOf((socket) => {
      sendApart(socket, [
        answer(content).subarray(0, 500),
        Buffer.concat([answer(content).subarray(500), forged]),
      ]);
    });
    for (const number of [1, 2, 3]) {
      const {content: found, past} = await read();
      expect(found.equals(content)).to.equal(true);
      expect(past).to.equal(true);
      expect(connections()).to.equal(number);
    }
  });

  for (const [how, end] of [
    ['is closed', (socket: Socket) => socket.end()],
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
  ] as const)
    it(`breaks off where the connection ${how}`, async () => {
      const {read} = await serverOf((socket) => {
        socket.write(answer(Buffer.alloc(100_000)).subarray(0, 60_000), () => setImmediate(end, socket));
      });
      const {content, failure, past} = await read();
      expect(past).to.equal(true);
      expect(content.length).to.be.below(60_000);
      expect(failure).to.include({code: 'ECONNRESET'});
    });

  it('breaks off when the request is, and for the reason that the answer is given up for', async () => {
    const {ask} = await serverOf((socket) => socket.write(answer(Buffer.alloc(100_000)).subarray(0, 60_000)));
    const stop = new AbortController();
    const stopped = await ask(stop.signal);
    const givenUp = await ask();
    const failures = [stopped, givenUp].map(async (response) => {
      await toTheEnd(bodyOf(response, 1));
    });
    stop.abort();
    givenUp.destroy(new Error('enough'));
    const [first, second] = await Promise.allSettled(failures);
    expect(first).to.include({status: 'rejected'});
    expect(second).to.have.nested.property('reason.message', 'enough');
  });

  it('is over for a reader that comes after the connection broke', async () => {
    const {ask} = await serverOf((socket) => {
      socket.write(answer(Buffer.alloc(100_000)).subarray(0, 60_000), () => socket.resetAndDestroy());
    });
    const response = await ask();
    const body = bodyOf(response, 1);
    await new Promise((resolve) => response.once('close', resolve));
    expect(await toTheEnd(body).catch((error: unknown) => error)).to.include({code: 'ECONNRESET'});
  });

  for (const scheme of ['http', 'https'])
    it(`waits for its reader, by ${scheme}`, async () => {
      const size = 96 * 1024 * 1024;
      const sent = {bytes: 0};
      const piece = Buffer.alloc(1024 * 1024);
      const {ask} = await serverOf((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
        const send = () => {
          if (sent.bytes === size) return;
          sent.bytes += piece.length;
          socket.write(piece, send);
        };
        send();
      }, scheme);
      let [read, ahead] = [0, 0];
      for await (const {length} of bodyOf(await ask(), 1)) {
        read += length;
        // as far as the sender gets while nothing is taken
        for (let before = -1; before !== sent.bytes;) {
          before = sent.bytes;
          for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
        }
        ahead = Math.max(ahead, sent.bytes - read);
      }
      expect(read).to.equal(size);
      // what two kernels hold of a connection, and a few pieces
      expect(ahead).to.be.below(32 * 1024 * 1024);
    });

  const notPast = {
    'without a length': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n',
    'that ends with its connection': 'HTTP/1.1 200 OK\r\n\r\none',
    'that came with its head': answer(Buffer.from('one')).toString(),
  };
  for (const [what, text] of Object.entries(notPast))
    it(`is left to Node's parser ${what}`, async () => {
      const {read} = await serverOf((socket) => socket.end(text));
      const {content, past} = await read();
      expect(past).to.equal(false);
      expect(content.toString()).to.equal('one');
    });

  it("keeps its connection where it is small, and left to Node's parser", async () => {
    const {ask, connections} = await serverOf((socket) => {
      const whole = answer(Buffer.alloc(100_000));
      sendApart(socket, [whole.subarray(0, 500), whole.subarray(500)]);
    });
    for (let request = 1; request <= 3; request += 1) {
      expect(await toTheEnd(bodyOf(await ask()))).to.equal(100_000);
    }
    expect(connections()).to.equal(1);
  });

  for (const [what, head] of [
    ['two lengths', 'Content-Length: 70000\r\nContent-Length: 80000'],
    ['a length and chunks', 'Content-Length: 70000\r\nTransfer-Encoding: chunked'],
    ['a length that is no number', 'Content-Length: 70000x'],
    ['a folded header', 'Content-Length: 70000\r\nX: one\r\n two'],
    ['ends of lines without CR', 'Content-Length: 70000\nX: one'],
    ['a header without an end', `X: ${'x'.repeat(70_000)}`],
  ] as const)
    it(`is not begun after a head with ${what}`, async () => {
      const {ask} = await serverOf((socket) =>
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${'x'.repeat(100)}`),
      );
      expect(await ask().catch((error: unknown) => error)).to.include({code: 'not-a-registry'});
    });
});
