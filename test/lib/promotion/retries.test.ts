import {expect} from 'chai';
import {
  invariants,
  pushImage,
  pushIndex,
  type Fault,
  type FaultAction,
  type PushedManifest,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {
  expectPromoted,
  repositoryOf,
  sitesOfTest,
  storeOf,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

type Side = 'source' | 'destination';

/** Every kind of request that a promotion makes. */
const requests: Record<string, Pick<Fault, 'method' | 'path'> & {side: Side}> = {
  "reading the source's tag": {side: 'source', method: 'GET', path: /\/manifests\/1\.0\.0$/},
  'reading a manifest': {side: 'source', method: 'GET', path: /\/manifests\/sha256:/},
  'reading the referrers': {side: 'source', method: 'GET', path: /\/referrers\//},
  'reading a blob': {side: 'source', method: 'GET', path: /\/blobs\/sha256:/},
  "asking for the destination's tag": {side: 'destination', method: 'HEAD', path: /\/manifests\/1\.0\.0$/},
  'asking for a manifest': {side: 'destination', method: 'HEAD', path: /\/manifests\/sha256:/},
  'asking for a blob': {side: 'destination', method: 'HEAD', path: /\/blobs\//},
  'beginning an upload': {side: 'destination', method: 'POST'},
  'uploading a blob': {side: 'destination', method: 'PUT', path: /\/blobs\//},
  'writing a manifest': {side: 'destination', method: 'PUT', path: /\/manifests\/sha256:/},
  'writing the tag': {side: 'destination', method: 'PUT', path: /\/manifests\/1\.0\.0$/},
};

const error = (code: string): string => JSON.stringify({errors: [{code, message: 'told by the registry'}]});

describe('a request that fails', function () {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {
      layers: 1,
      layerSize: 500,
      platforms: ['linux/amd64'],
    });
    return {dev, eu, image};
  }

  const siteOf = ({dev, eu}: {dev: TestSite; eu: TestSite}, side: Side) => (side === 'source' ? dev : eu);

  async function expectSuccess(all: {dev: TestSite; eu: TestSite; image: PushedManifest}) {
    const {report} = await promoteForTest({from: all.dev, to: [all.eu]});
    expect(report.error).to.equal(null);
    expect(report.exitCode).to.equal(0);
    await expectPromoted(all.dev, all.image.digest, all.eu);
    await invariants([all.dev.registry, all.eu.registry]);
  }

  for (const [what, {side, ...request}] of Object.entries(requests)) {
    it(`twice with 500, 502, 503 or 504 succeeds in the end (${what})`, async () => {
      for (const status of [500, 502, 503, 504]) {
        const all = await world();
        const fault = siteOf(all, side).registry.faults.add({...request, times: 2, action: {status}});
        await expectSuccess(all);
        expect(fault.hits, String(status)).to.equal(2);
      }
    });
  }

  // what is only asked for is not needed: without an answer it counts as missing
  const needed = Object.entries(requests).filter(([what]) => !what.startsWith('asking'));
  for (const [what, {side, ...request}] of needed) {
    it(`for ever ends after five attempts, with what the registry said last (${what})`, async () => {
      const all = await world();
      const body = (n: number) => JSON.stringify({errors: [{code: 'X', message: `sorry ${n}\u001b[31m`}]});
      let count = 0;
      siteOf(all, side).registry.faults.add({
        ...request,
        action: {
          intercept: ({method}) => {
            const text = Buffer.from(method === 'HEAD' ? '' : body((count += 1)));
            return Promise.resolve({
              status: 500,
              headers: {'content-length': String(text.length)},
              body: text,
            });
          },
        },
      });
      const {report, destination} = await promoteForTest({from: all.dev, to: [all.eu]});
      expect(report.exitCode).to.be.oneOf([1, 5]);
      const {message} = (report.error ?? destination('prod-eu').error)!;
      expect(message).to.include('500').and.not.include('\u001b');
      if (request.method !== 'HEAD') expect(message).to.match(/sorry \d+/);
      // two blobs may be under way
      expect(count).to.be.at.most(10);
      expect(await tagOf(all.eu)).to.equal(undefined);
    });
  }

  it('for a hundred layers at once ends after a bounded number of requests', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 100, layerSize: 10});
    const fault = eu.registry.faults.add({method: 'POST', action: {status: 503}});
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    // five attempts for each of the blobs that are under way when the first one gives up
    expect(fault.hits).to.be.at.most(60);
  });

  it('because the registry closes each connection after its answer, without saying so, is sent again', async () => {
    const all = await world();
    for (const {registry} of [all.dev, all.eu]) {
      registry.faults.add({
        action: {
          intercept: (exchange, next) => {
            const {request, response} = exchange;
            response.once('finish', () => request.socket.destroy());
            return next(exchange);
          },
        },
      });
    }
    await expectSuccess(all);
  });

  it('because all connections that are kept are dead is sent again over a new one', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 30, layerSize: 500});
    const kept = new Set();
    let dead: Set<unknown> | undefined;
    eu.registry.faults.add({
      match: ({request: {socket}, method, entry}) => {
        // from the tag on, after dozens of requests side by side
        if (method === 'PUT' && entry.url.endsWith('/manifests/1.0.0')) dead ??= new Set(kept);
        kept.add(socket);
        return dead?.has(socket) === true;
      },
      action: {reset: true},
    });
    await expectSuccess({dev, eu, image});
    expect(dead?.size).to.be.greaterThan(5);
  });

  it('because the source falls silent in the middle of a blob is sent again from there', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 1, layerSize: 900_000});
    const fault = dev.registry.faults.add({
      method: 'GET',
      path: /\/blobs\//,
      times: 1,
      action: {stall: 'response', afterBytes: 300_000},
    });
    const {report} = await promoteForTest({from: dev, to: [eu], limits: {idle: 300}});
    expect(report.exitCode).to.equal(0);
    expect(fault.hits).to.equal(1);
    await expectPromoted(dev, image.digest, eu);
  });

  it('because the source sends a byte now and then only is given up', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 1, layerSize: 900_000});
    dev.registry.faults.add({
      method: 'GET',
      path: /\/blobs\//,
      action: {stall: 'response', afterBytes: 1},
    });
    const started = performance.now();
    const {report, destination} = await promoteForTest({
      from: dev,
      to: [eu],
      limits: {idle: 200},
      retries: {attempts: 2},
    });
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'timeout'});
    expect(performance.now() - started).to.be.lessThan(10_000);
  });
});

describe('a refusal', () => {
  const sites = sitesOfTest();

  async function attemptsAt(request: Pick<Fault, 'method' | 'path'>, action: FaultAction, times = Infinity) {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 0});
    const fault = eu.registry.faults.add({...request, times, action});
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    await invariants([dev.registry, eu.registry]);
    return {hits: fault.hits, exitCode: report.exitCode, error: destination('prod-eu').error};
  }

  const writes: Record<string, Pick<Fault, 'method' | 'path'>> = {
    'to begin an upload': {method: 'POST'},
    'of a blob': {method: 'PUT', path: /\/blobs\//},
    'of a manifest': {method: 'PUT', path: /\/manifests\//},
  };
  const lasting = [
    'DENIED',
    'NAME_INVALID',
    'MANIFEST_INVALID',
    'TAG_INVALID',
    'UNSUPPORTED',
    'SIZE_INVALID',
    'DIGEST_INVALID',
  ];
  for (const [what, request] of Object.entries(writes)) {
    it(`${what} that says why is not asked for a second time`, async () => {
      for (const code of lasting) {
        const {hits, exitCode, error: told} = await attemptsAt(request, {status: 400, body: error(code)});
        expect({code, hits, exitCode}).to.deep.equal({code, hits: 1, exitCode: 1});
        expect(told?.message).to.include(code);
      }
    });
  }

  for (const code of ['UNKNOWN', 'BLOB_UPLOAD_INVALID']) {
    it(`to begin an upload that says ${code} is tried once more, and no more`, async () => {
      const action = {status: 400, body: error(code)};
      expect(await attemptsAt(writes['to begin an upload']!, action)).to.include({hits: 2, exitCode: 1});
      expect(await attemptsAt(writes['to begin an upload']!, action, 1)).to.include({hits: 1, exitCode: 0});
    });
  }

  it('of the first push to a new repository, as some registries have them, is tried once more', async () => {
    const users = [{name: 'robot', password: 'secret'}];
    const credential = {kind: 'basic', username: 'robot', password: 'secret'} as const;
    for (const kind of ['basic', 'bearer'] as const) {
      const dev = await sites.source();
      const eu: TestSite = {...(await sites.destination('prod-eu', {auth: {kind, users}})), credential};
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 0});
      // with credentials: the first request and the one after the challenge
      const refusal = {status: 401, body: Buffer.from(error('UNAUTHORIZED'))};
      const fault = eu.registry.faults.add({
        method: 'POST',
        match: ({headers}) => headers.authorization !== undefined,
        times: 2,
        action: {
          intercept: async (exchange, next) => {
            const {headers} = await next({...exchange, headers: {}});
            return {...refusal, headers: {'www-authenticate': headers['www-authenticate'] ?? ''}};
          },
        },
      });
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode, kind).to.equal(0);
      expect(fault.hits).to.equal(2);
      await expectPromoted(dev, image.digest, eu);
    }
  });

  for (const [status, code, hint] of [
    [403, 'DENIED', /identity may read and write/],
    [412, 'PRECONDITION', /./],
    [413, 'SIZE_INVALID', /out of room or quota/],
    [507, 'UNKNOWN', /out of room or quota/],
  ] as const) {
    it(`for want of room or permission (${status}) is told at once, and the others go on`, async () => {
      const dev = await sites.source();
      const to = [
        await sites.destination('prod-eu'),
        await sites.destination('prod-us'),
        await sites.destination('prod-asia'),
      ] as const;
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 0});
      const fault = to[1].registry.faults.add({
        method: 'POST',
        action: {status, body: error(code)},
      });
      const {report, destination} = await promoteForTest({from: dev, to});
      expect(report.exitCode).to.equal(1);
      expect(fault.hits).to.equal(1);
      expect(to.map(({name}) => destination(name).status)).to.deep.equal(['promoted', 'failed', 'promoted']);
      for (const site of [to[0], to[2]]) await expectPromoted(dev, image.digest, site);
      const {message, suggestions} = destination('prod-us').error!;
      expect(message).to.include('prod-us').and.include(String(status)).and.include('told by the registry');
      expect(suggestions.join()).to.match(hint.source === '.' ? /^/ : hint);
    });
  }
});

describe('writing the tag', () => {
  const sites = sitesOfTest();

  it('is not repeated when its answer was lost and someone else has moved the tag by then', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const old = await pushImage(eu.registry, repositoryOf(eu), '1.0.0', {seed: 'old'});
    const theirs = await pushImage(eu.registry, repositoryOf(eu), undefined, {seed: 'theirs'});
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const fault = eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/1\.0\.0$/,
      times: 1,
      action: {
        intercept: async (exchange, next) => {
          await next(exchange);
          await storeOf(eu).tag('1.0.0', theirs.digest);
          exchange.request.socket.resetAndDestroy();
          return undefined;
        },
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu], overwrite: true});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'tag-changed'});
    expect(destination('prod-eu').error?.message).to.include(theirs.digest).and.include(old.digest);
    expect(fault.hits).to.equal(1);
    expect(eu.registry.log.requests({method: 'PUT', path: /\/manifests\/1\.0\.0$/})).to.have.length(1);
    expect(await tagOf(eu)).to.equal(theirs.digest);
  });
});
