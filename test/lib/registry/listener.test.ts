import {once} from 'node:events';
import {Agent, request} from 'node:http';
import {connect} from 'node:net';
import {get} from 'node:https';
import {expect} from 'chai';
import {startRegistry} from '../../../src/lib/registry/server.ts';
import {send, upload} from '../../support/registry-client.ts';
import {selfSigned} from '../../support/certificate.ts';
import {invariants, pushIndex, registriesOfTest, seededBytes} from '../../support/registry.ts';

describe('the built-in registry as a server', () => {
  const registries = registriesOfTest();

  it('listens on loopback only, unless told otherwise', async () => {
    const registry = await registries.start();
    expect(registry.host).to.match(/^127\.0\.0\.1:\d+$/);
    expect(registry.url).to.equal(`http://${registry.host}`);
    expect((await send(`${registry.url}/v2/`)).headers['docker-distribution-api-version']).to.equal(
      'registry/2.0',
    );
    const other = await registries.start({host: '127.0.0.2'});
    expect((await send(`http://${other.host}/v2/`)).status).to.equal(200);
  });

  it('says so when it cannot listen', async () => {
    const {host} = await registries.start();
    const error = await startRegistry({port: Number(host.split(':')[1])}).catch((thrown: unknown) => thrown);
    expect((error as NodeJS.ErrnoException).code).to.equal('EADDRINUSE');
  });

  it('closes although clients hold connections open', async () => {
    const registry = await registries.start();
    const socket = connect(Number(registry.host.split(':')[1]), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    await Promise.all([once(socket, 'close'), registry.close()]);
  });

  it('closes although a client has connected and does not even begin with TLS', async () => {
    const tls = selfSigned();
    const registry = await registries.start({tls});
    const silent = connect(Number(registry.host.split(':')[1]), '127.0.0.1');
    await once(silent, 'connect');
    // connections are taken in their order: the silent one is there when this one is answered
    const asked = get(`${registry.url}/v2/`, {ca: tls.cert, agent: false});
    const [answer] = (await once(asked, 'response')) as [{resume(): void}];
    answer.resume();
    await Promise.all([once(silent, 'close'), registry.close()]);
  });

  it('logs requests as they came, and what became of them', async () => {
    const registry = await registries.start({clock: () => 42});
    const content = seededBytes(1000, 'log');
    await upload(`${registry.url}/v2/team/app`, content);
    await send(`${registry.url}/v2/team/app/tags/list?n=1&last=a%20b`, {headers: {'X-Mixed': 'Case'}});
    await registry.log.idle();
    const [post, put, list] = registry.log.requests();
    expect(post).to.include({
      method: 'POST',
      status: 202,
      bytesReceived: 0,
      outcome: 'finished',
      startedAt: 42,
    });
    expect(put).to.include({method: 'PUT', status: 201, bytesReceived: 1000, endedAt: 42});
    expect(list?.url).to.equal('/v2/team/app/tags/list?n=1&last=a%20b');
    expect(list?.rawHeaders).to.include('X-Mixed');
    expect(list?.bytesSent).to.be.greaterThan(10);
    expect(new Set(registry.log.requests().map(({socket}) => socket)).size).to.equal(3);
    expect(registry.log.requests({method: 'GET', path: '/v2/team/app/tags/list'})).to.have.lengthOf(1);
    expect(registry.log.requests({path: /uploads/})).to.have.lengthOf(2);
    expect(registry.log.maxConcurrent).to.equal(1);
    registry.log.clear();
    expect(registry.log.requests()).to.deep.equal([]);
  });

  it('speaks https with a certificate', async () => {
    const tls = selfSigned();
    const registry = await registries.start({tls});
    expect(registry.url).to.match(/^https:\/\/127\.0\.0\.1:/);
    const [response] = (await once(get(`${registry.url}/v2/`, {ca: tls.cert, agent: false}), 'response')) as [
      {statusCode: number; resume(): void},
    ];
    response.resume();
    expect(response.statusCode).to.equal(200);
  });

  it('tells who comes with TLS that it speaks HTTP', async () => {
    const registry = await registries.start();
    const socket = connect({port: Number(new URL(registry.url).port), host: '127.0.0.1'});
    // a record of TLS 1.0 that begins a handshake
    socket.end(Buffer.from('16030100050100000100', 'hex'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).to.match(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  it('knows a connection again', async () => {
    const registry = await registries.start();
    const agent = new Agent({keepAlive: true});
    for (let at = 0; at < 2; at++) {
      const [response] = (await once(request(`${registry.url}/v2/`, {agent}).end(), 'response')) as [
        NodeJS.ReadableStream,
      ];
      response.resume();
      await once(response, 'end');
    }
    agent.destroy();
    expect(registry.log.requests().map(({socket}) => socket)).to.deep.equal([1, 1]);
  });

  it('keeps as much of the log as told', async () => {
    const registry = await registries.start({logLimit: 2});
    for (const path of ['/1', '/2', '/3']) await send(`${registry.url}${path}`);
    expect(registry.log.requests().map(({url}) => url)).to.deep.equal(['/2', '/3']);
  });

  it('answers 500 in its own format when its storage fails', async () => {
    const {storage} = await registries.start();
    const broken = {...storage, get: () => Promise.reject(new Error('disk on fire'))};
    const registry = await registries.start({storage: broken});
    const blob = await send(`${registry.url}/v2/team/app/blobs/sha256:${'0'.repeat(64)}`);
    expect([blob.status, blob.body.toString()]).to.deep.equal([
      500,
      '{"errors":[{"code":"UNKNOWN","message":"disk on fire"}]}',
    ]);
  });
});

describe('the invariants', () => {
  const registries = registriesOfTest();

  const complaint = async (checked: Promise<void>): Promise<string> =>
    checked.then(
      () => 'none',
      (error: unknown) => (error as Error).message,
    );

  it('hold for a push in order', async () => {
    const registry = await registries.start();
    await upload(`${registry.url}/v2/team/app`, Buffer.from('x'));
    const index = await pushIndex(registry, 'team/app');
    for (const manifest of [...index.children, index]) {
      for (const reference of [manifest.digest, ...(manifest === index ? ['tag'] : [])]) {
        await send(`${registry.url}/v2/team/app/manifests/${reference}`, {
          method: 'PUT',
          headers: {'content-type': manifest.mediaType},
          body: manifest.bytes,
        });
      }
    }
    await invariants([registry], {secrets: ['hidden'], outputs: ['shown']});
  });

  it('are broken by open uploads, printed secrets and content that follows its tag', async () => {
    const registry = await registries.start();
    const index = await pushIndex(registry, 'team/app');
    for (const [reference, {mediaType, bytes}] of [
      ['tag', index],
      [index.children[0]!.digest, index.children[0]!],
    ] as const) {
      const headers = {'content-type': mediaType};
      await send(`${registry.url}/v2/team/app/manifests/${reference}`, {method: 'PUT', headers, body: bytes});
    }
    expect(await complaint(invariants([registry]))).to.match(/written after tag/);
    const secrets = ['hidden'];
    expect(await complaint(invariants([], {secrets, outputs: ['a hidden word']}))).to.match(/not include/);
    expect(await complaint(invariants([], {secrets, outputs: [btoa('hidden')]}))).to.match(/not include/);
    const other = await registries.start();
    await send(`${other.url}/v2/team/app/blobs/uploads/`, {method: 'POST'});
    expect(await complaint(invariants([other]))).to.match(/open uploads/);
  });
});
