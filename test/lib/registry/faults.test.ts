import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {send, upload, withDigest} from '../../support/registry-client.ts';
import {
  acceptWrongDigests,
  challengeWith,
  changeJson,
  claimToHaveBlobs,
  htmlEverywhere,
  immutableTags,
  invariants,
  locations,
  pushBlob,
  pushImage,
  redirectBlobs,
  registriesOfTest,
  reserialiseManifests,
  seededBytes,
  startObjectStore,
  type FaultAction,
  type LocationStyle,
  type TestRegistry,
} from '../../support/registry.ts';

const content = seededBytes(200_000, 'fault');
const digest = digestOf(content);
const octets = {'content-type': 'application/octet-stream'};

describe('faults of the registry for tests', () => {
  const registries = registriesOfTest();
  let registry: TestRegistry;
  let url: string;

  beforeEach(async () => {
    registry = await registries.start();
    await pushBlob(registry, 'team/app', content);
    url = `${registry.url}/v2/team/app/blobs/${digest}`;
  });

  const download = (action: FaultAction, when: 'before' | 'after' = 'before') => {
    registry.faults.add({method: 'GET', path: /\/blobs\//, when, action});
    return send(url);
  };

  const failure = async (promise: Promise<unknown>): Promise<string | undefined> =>
    promise.then(
      () => undefined,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );

  it('hit as many requests as told, after those that pass', async () => {
    const fault = registry.faults.add({
      method: 'GET',
      path: /\/blobs\/sha256/,
      skip: 1,
      times: 2,
      action: {status: 503, headers: {'retry-after': '1'}, body: 'busy'},
    });
    const statuses = [];
    for (let at = 0; at < 4; at++) {
      statuses.push((await send(url)).status);
      expect((await send(url, {method: 'HEAD'})).status).to.equal(200);
    }
    expect(statuses).to.deep.equal([200, 503, 503, 200]);
    expect(fault.hits).to.equal(2);
    expect(registry.log.requests({status: 503})).to.have.lengthOf(2);
  });

  it('end when removed', async () => {
    const fault = registry.faults.add({action: {status: 500}});
    expect((await send(url)).status).to.equal(500);
    fault.remove();
    expect((await send(url)).status).to.equal(200);
  });

  it('answer after half of the request was read', async () => {
    registry.faults.add({method: 'PUT', times: 1, action: {status: 500, afterRequestBytes: 100_000}});
    expect((await upload(`${registry.url}/v2/team/other`, content)).status).to.equal(500);
    expect(registry.log.requests({method: 'PUT'})[0]?.bytesReceived).to.be.within(100_000, 200_000);
    expect(registry.openUploads()).to.equal(1);
  });

  it('lose the answer to work that is done', async () => {
    registry.faults.add({method: 'PUT', when: 'after', action: {reset: true}});
    expect(await failure(upload(`${registry.url}/v2/team/other`, content))).to.equal('ECONNRESET');
    expect((await send(`${registry.url}/v2/team/other/blobs/${digest}`)).status).to.equal(200);
    expect(registry.openUploads()).to.equal(0);
  });

  it('replace the answer to work that is done', async () => {
    registry.faults.add({method: 'PUT', when: 'after', action: {status: 502}});
    expect((await upload(`${registry.url}/v2/team/other`, content)).status).to.equal(502);
    expect((await send(`${registry.url}/v2/team/other/blobs/${digest}`)).status).to.equal(200);
  });

  it('delay until a promise is kept', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let answered = false;
    const reply = download({delayUntil: released}).then((done) => {
      answered = true;
      return done;
    });
    await registry.log.until({method: 'GET'});
    expect((await send(url, {method: 'HEAD'})).status).to.equal(200);
    expect(answered).to.be.false;
    release();
    expect((await reply).body.equals(content)).to.be.true;
    expect(registry.log.maxConcurrent).to.equal(2);
  });

  it('reset at once, or within the answer', async () => {
    expect(await failure(download({reset: true}))).to.equal('ECONNRESET');
    registry.faults.clear();
    // a reset may overtake the headers
    const reply = await download({reset: {afterResponseBytes: 100_000}}).catch(() => undefined);
    expect(reply?.body.length ?? 0).to.be.at.most(100_000);
    expect(reply?.complete ?? false).to.be.false;
    await registry.log.idle();
    expect(registry.log.requests().map(({outcome}) => outcome)).to.deep.equal(['aborted', 'aborted']);
  });

  it('cut a body short, loudly and silently', async () => {
    const loud = await download({truncate: 1000, declareLength: true});
    expect(loud.headers['content-length']).to.equal('200000');
    expect(loud.body.equals(content.subarray(0, 1000))).to.be.true;
    expect(loud.complete).to.be.false;
    registry.faults.clear();
    const silent = await download({truncate: 1000, declareLength: false});
    expect(silent.headers).not.to.have.any.keys('content-length', 'transfer-encoding');
    expect(silent.body.equals(content.subarray(0, 1000))).to.be.true;
    expect(silent.complete).to.be.true;
  });

  it('send too much, with a length that says so and without', async () => {
    const declared = await download({extra: 1000, declareLength: true});
    expect(declared.headers['content-length']).to.equal('201000');
    expect(declared.body).to.have.lengthOf(201_000);
    registry.faults.clear();
    const undeclared = await download({extra: 1000});
    expect(undeclared.headers).not.to.have.property('content-length');
    expect(undeclared.body).to.have.lengthOf(201_000);
  });

  it('flip a byte', async () => {
    const {body} = await download({corrupt: 150_000});
    expect(body).to.have.lengthOf(content.length);
    expect([...body.keys()].filter((at) => body[at] !== content[at])).to.deep.equal([150_000]);
  });

  for (const [name, action] of [
    ['an answer', {stall: 'response'}],
    ['the middle of an answer', {stall: 'response', afterBytes: 1000}],
  ] as const) {
    it(`stall before ${name} until the registry is closed`, async () => {
      const reply = download(action).catch(() => undefined);
      await registry.log.until({method: 'GET'});
      await registry.close();
      expect((await reply)?.complete ?? false).to.be.false;
    });
  }

  it('stall within a request', async () => {
    registry.faults.add({method: 'PUT', action: {stall: 'request', afterBytes: 1000}});
    const reply = failure(upload(`${registry.url}/v2/team/other`, content));
    await registry.log.until({method: 'PUT'});
    await registry.close();
    expect(await reply).to.equal('ECONNRESET');
  });

  it('throttle answers and requests', async () => {
    const started = performance.now();
    const {body} = await download({throttle: 2_000_000, side: 'response'});
    expect(body.equals(content)).to.be.true;
    registry.faults.add({method: 'PUT', action: {throttle: 2_000_000, side: 'request'}});
    expect((await upload(`${registry.url}/v2/team/other`, content)).status).to.equal(201);
    expect(performance.now() - started).to.be.at.least(150);
  });

  it('change headers', async () => {
    const reply = await download({headers: {'docker-content-digest': undefined, etag: 'other'}});
    expect(reply.headers).not.to.have.property('docker-content-digest');
    expect(reply.headers.etag).to.equal('other');
  });

  it('add up', async () => {
    registry.faults.add({method: 'GET', action: {headers: {'x-note': 'seen'}}});
    const {headers, status} = await download({status: 429});
    expect([headers['x-note'], status]).to.deep.equal(['seen', 429]);
  });
});

describe('registries that are not strict', () => {
  const registries = registriesOfTest();
  let registry: TestRegistry;

  beforeEach(async () => {
    registry = await registries.start();
  });

  it('take wrong content under a digest', async () => {
    registry.faults.add(acceptWrongDigests(registry));
    const begun = await send(`${registry.url}/v2/team/app/blobs/uploads/`, {method: 'POST'});
    const done = await send(withDigest(begun, digest), {method: 'PUT', headers: octets, body: 'wrong'});
    expect(done.status).to.equal(201);
    expect((await send(`${registry.url}/v2/team/app/blobs/${digest}`)).body.toString()).to.equal('wrong');
    expect(registry.openUploads()).to.equal(0);
  });

  it('claim to have what they have not', async () => {
    registry.faults.add(claimToHaveBlobs(12));
    const {status, headers} = await send(`${registry.url}/v2/team/app/blobs/${digest}`, {method: 'HEAD'});
    expect([status, headers['content-length']]).to.deep.equal([200, '12']);
    expect((await send(`${registry.url}/v2/team/app/blobs/${digest}`)).status).to.equal(404);
  });

  it('do not let tags move', async () => {
    const image = await pushImage(registry, 'team/app', '1');
    registry.faults.add(immutableTags(registry, 412));
    const put = async (tag: string) => {
      const options = {method: 'PUT', headers: {'content-type': image.mediaType}, body: image.bytes};
      return (await send(`${registry.url}/v2/team/app/manifests/${tag}`, options)).status;
    };
    const statuses = [await put('1'), await put('2'), await put('2'), await put(image.digest)];
    expect(statuses).to.deep.equal([412, 201, 412, 201]);
  });

  it('answer with other documents and other challenges', async () => {
    const guarded = await registries.start({auth: {kind: 'bearer', users: []}});
    guarded.faults.add(
      changeJson(/^\/token/, ({access_token: token}) => ({access_token: token, expires_in: '3600'})),
    );
    const {body} = await send(`${guarded.url}/token`);
    expect(Object.keys(JSON.parse(body.toString()) as object)).to.deep.equal(['access_token', 'expires_in']);
    guarded.faults.add(challengeWith('Negotiate', 'Basic realm="a, b"'));
    const {headers} = await send(`${guarded.url}/v2/`);
    expect(headers['www-authenticate']).to.equal('Negotiate, Basic realm="a, b"');
  });

  it('answer with a web page', async () => {
    registry.faults.add(htmlEverywhere);
    const {status, headers} = await send(`${registry.url}/v2/`);
    expect([status, headers['content-type']]).to.deep.equal([200, 'text/html']);
  });

  it('serve manifests in other words', async () => {
    const image = await pushImage(registry, 'team/app', '1');
    registry.faults.add(reserialiseManifests);
    const {body, headers} = await send(`${registry.url}/v2/team/app/manifests/1`, {
      headers: {accept: image.mediaType},
    });
    expect(JSON.parse(body.toString())).to.deep.equal(image.document);
    expect(headers['docker-content-digest']).to.equal(digestOf(body)).and.not.equal(image.digest);
  });

  it('keep their blobs on another origin, which wants no credentials', async () => {
    await pushBlob(registry, 'team/app', content);
    const store = registries.closing(await startObjectStore(registry));
    registry.faults.add(redirectBlobs(store));
    const {status, headers} = await send(`${registry.url}/v2/team/app/blobs/${digest}`);
    expect(status).to.equal(307);
    expect(new URL(headers.location!).origin).to.equal(store.url);
    expect((await send(headers.location!)).body.equals(content)).to.be.true;
    expect((await send(headers.location!, {headers: {range: 'bytes=0-9'}})).body).to.have.lengthOf(10);
    await invariants([registry], {foreign: [store], secrets: ['secret']});
    expect((await send(headers.location!, {headers: {authorization: 'Bearer secret'}})).status).to.equal(400);
    const error = await invariants([registry], {foreign: [store]}).catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.match(/foreign origin/);
  });

  it('write the Location of an upload in many ways', async () => {
    const store = registries.closing(await startObjectStore(registry));
    const styles: LocationStyle[] = ['path', 'relative', 'query', 'scheme-relative', {origin: store.url}];
    for (const style of styles) {
      const fault = registry.faults.add(locations(style));
      const base = `${registry.url}/v2/team/app/blobs/uploads/`;
      const begun = await send(base, {method: 'POST'});
      const first = new URL(begun.headers.location!, base).href;
      const patched = await send(first, {method: 'PATCH', headers: octets, body: content.subarray(0, 1000)});
      expect(patched.status).to.equal(202);
      const second = new URL(patched.headers.location!, first).href;
      const body = content.subarray(1000);
      const done = await send(`${second}&digest=${digest}`, {method: 'PUT', headers: octets, body});
      expect(done.status, JSON.stringify(style)).to.equal(201);
      fault.remove();
    }
    expect(store.log.requests().map(({method}) => method)).to.deep.equal(['PATCH', 'PUT']);
  });
});
