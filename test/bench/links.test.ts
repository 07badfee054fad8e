import {expect} from 'chai';
import {once} from 'node:events';
import http from 'node:http';
import type {AddressInfo} from 'node:net';
import {text} from 'node:stream/consumers';
import {startDelay} from '../../bench/delay.ts';
import {longestChain} from '../../bench/round-trips.ts';
import {startThrottle} from '../../bench/throttle.ts';

// timers may fire a millisecond early
const tolerance = 2;

describe('a link of the benchmark', () => {
  const closers: (() => unknown)[] = [];
  const closing = <T extends {close(): unknown}>(server: T): T => {
    closers.push(() => server.close());
    return server;
  };
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** A server that answers with what it was sent. */
  async function echo(): Promise<string> {
    const server = closing(http.createServer((request, response) => request.pipe(response)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `localhost:${(server.address() as AddressInfo).port}`;
  }

  /** Sends the body over a connection that is kept, and gives the answer's with the milliseconds it took. */
  function client(host: string): (body: string) => Promise<{body: string; took: number}> {
    const agent = new http.Agent({keepAlive: true, maxSockets: 1});
    closers.push(() => {
      agent.destroy();
    });
    return async (body) => {
      const started = performance.now();
      const request = http.request(`http://${host}/`, {method: 'PUT', agent, family: 4});
      request.end(body);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      return {body: await text(response), took: performance.now() - started};
    };
  }

  it('takes a round trip to connect and one for each exchange, and counts them', async () => {
    const link = closing(await startDelay(await echo(), 10));
    const send = client(link.host);

    const first = await send('one');
    const second = await send('two');

    expect([first.body, second.body]).to.deep.equal(['one', 'two']);
    expect(first.took).to.be.at.least(40 - tolerance);
    expect(second.took).to.be.at.least(20 - tolerance);
    expect(longestChain(link.exchanges())).to.equal(3);
  });

  it('keeps the order and the whole of what it carries late', async () => {
    const link = closing(await startDelay(await echo(), 5));
    const long = Array.from({length: 200_000}, (_, at) => at).join();
    expect((await client(link.host)(long)).body).to.equal(long);
  });

  it('forgets the exchanges of a run before', async () => {
    const link = closing(await startDelay(await echo(), 1));
    const send = client(link.host);
    await send('one');
    link.forget();
    await send('two');
    expect(longestChain(link.exchanges())).to.equal(1);
  });

  it('lets no more through than its limit, whatever was sent before there was one', async () => {
    const link = closing(await startThrottle(await echo()));
    const send = client(link.host);
    await send('a'.repeat(1_000_000));
    link.limit(4_000_000);

    const {body, took} = await send('b'.repeat(600_000));

    expect(body).to.have.length(600_000);
    // the last piece of 64 KiB does not wait
    expect(took).to.be.at.least(((600_000 - 65_536) / 4_000_000) * 1000 - tolerance);
  });

  it('gives no more than its limit where that holds for what comes back', async () => {
    const link = closing(await startThrottle(await echo(), 'from'));
    const send = client(link.host);
    link.limit(4_000_000);
    const {body, took} = await send('b'.repeat(600_000));
    expect(body).to.have.length(600_000);
    expect(took).to.be.at.least(((600_000 - 65_536) / 4_000_000) * 1000 - tolerance);
  });
});
