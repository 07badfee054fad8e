import {expect} from 'chai';
import {listen} from '../../../src/lib/registry/listener.ts';
import {
  invariants,
  locations,
  pushImage,
  type FaultAction,
  type LocationStyle,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, tagOf, type TestSite} from '../../support/sites.ts';
import {whileTheClockStands} from '../../support/standing-clock.ts';

const upload = {method: 'PUT', path: /\/blobs\/uploads\//} as const;
const read = {method: 'GET', path: /\/blobs\//} as const;
const secret = 'password-of-uploads';

describe('an upload', () => {
  const sites = sitesOfTest();

  async function world(layerSize = 200_000, layers = 2) {
    const auth = {kind: 'basic', users: [{name: 'robot', password: secret}]} as const;
    const dev = await sites.source();
    const eu = {
      ...(await sites.destination('prod-eu', {auth})),
      credential: {kind: 'basic', username: 'robot', password: secret} as const,
    };
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers, layerSize});
    return {dev, eu, image};
  }

  async function expectSuccess({dev, eu, image}: {dev: TestSite; eu: TestSite; image: {digest: string}}) {
    const result = await promoteForTest({from: dev, to: [eu]});
    expect(result.destination('prod-eu').error).to.equal(null);
    expect(result.report.exitCode).to.equal(0);
    await expectPromoted(dev, image.digest as never, eu);
    await invariants([dev.registry, eu.registry], {secrets: [secret], outputs: result.trace});
    return result;
  }

  const styles: Record<string, LocationStyle> = {
    'a path': 'path',
    'relative to the request': 'relative',
    'relative to the scheme': 'scheme-relative',
    absolute: 'absolute',
  };
  for (const [name, style] of Object.entries(styles)) {
    it(`goes where a Location says that is ${name}, byte for byte`, async () => {
      const all = await world();
      // the registry compares the query as it comes in: a%20b~c%2F, a flag without a value, %3D
      all.eu.registry.faults.add(locations(style));
      await expectSuccess(all);
      for (const {url} of all.eu.registry.log.requests(upload)) {
        expect(url).to.match(/&_extra=a%20b~c%2F&flag&sig=x%2Bz%3D&digest=sha256:[0-9a-f]{64}$/);
      }
    });
  }

  it('goes to another origin without any credentials', async () => {
    const all = await world();
    const store = sites.closing(await listen(all.eu.registry.handle));
    all.eu.registry.faults.add(locations({origin: store.url}));
    await expectSuccess(all);
    expect(store.log.requests(upload)).to.have.length(3);
    await invariants([], {foreign: [store], secrets: [secret]});
  });

  it('does not learn from another origin where to log in', async () => {
    const all = await world();
    const evil = sites.closing(await listen(() => Promise.resolve({status: 401, headers: {}})));
    const store = sites.closing(
      await listen(() =>
        Promise.resolve({status: 401, headers: {'www-authenticate': `Bearer realm="${evil.url}/token"`}}),
      ),
    );
    all.eu.registry.faults.add(locations({origin: store.url}));
    const {report} = await promoteForTest({from: all.dev, to: [all.eu]});
    expect(report.exitCode).to.equal(1);
    expect(evil.log.requests()).to.deep.equal([]);
  });

  it('is refused when the registry does not say where to', async () => {
    const {dev, eu} = await world();
    eu.registry.faults.add({method: 'POST', action: {headers: {location: undefined}}});
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include(eu.registry.host).and.include('Location');
  });

  it('is one PUT with its length and type: never a PATCH, never in chunks of unknown number', async () => {
    const all = await world();
    const refusal: FaultAction = {status: 411, body: '{"errors":[{"code":"UNSUPPORTED"}]}'};
    all.eu.registry.faults.add({method: 'PATCH', action: {status: 405}});
    all.eu.registry.faults.add({match: ({headers}) => 'transfer-encoding' in headers, action: refusal});
    await expectSuccess(all);
    expect(all.eu.registry.log.requests({method: 'PATCH'})).to.deep.equal([]);
    // nor everything in the POST, which many registries do not know
    expect(all.eu.registry.log.requests({method: 'POST', path: /digest=/})).to.deep.equal([]);
    for (const {headers} of all.eu.registry.log.requests(upload)) {
      expect(headers).to.include.keys('content-length');
      expect(headers['content-type']).to.equal('application/octet-stream');
    }
  });

  const unwanted: Record<string, FaultAction> = {
    'with 405': {status: 405},
    'with 404 and nothing else': {status: 404},
    'with 404 in the words of Artifactory': {
      status: 404,
      body: '{"errors":[{"status":404,"message":"Not Found"}]}',
    },
    'with 404 as unsupported': {status: 404, body: '{"errors":[{"code":"UNSUPPORTED"}]}'},
  };
  for (const [how, action] of Object.entries(unwanted)) {
    it(`is a PATCH and an empty PUT where a registry refuses content in the PUT, ${how}, and is known for it then`, async () => {
      const all = await world(100_000, 6);
      const us = await sites.destination('prod-us');
      const fault = all.eu.registry.faults.add({
        ...upload,
        match: ({headers}) => headers['content-length'] !== '0',
        action,
      });
      // the registry's locations change with every answer, and it takes the newest only
      const to = [all.eu, us];
      const {report} = await whileTheClockStands(() => promoteForTest({from: all.dev, to, concurrency: 1}));
      expect(report.exitCode).to.equal(0);
      for (const site of to) await expectPromoted(all.dev, all.image.digest, site);
      // the first two blobs may find out side by side, each by one refusal, or two that say nothing
      expect(fault.hits).to.be.within(1, 4);
      const patches = all.eu.registry.log.requests({method: 'PATCH'});
      expect(patches).to.have.length(7);
      for (const {headers} of patches) {
        expect(headers).to.include.keys('content-length').and.not.include.keys('transfer-encoding');
        expect(headers['content-type']).to.equal('application/octet-stream');
      }
      expect(us.registry.log.requests({method: 'PATCH'})).to.deep.equal([]);
      // seven blobs for both, and again for each time that one of them was refused
      expect(all.dev.registry.log.requests(read).length).to.be.at.most(7 + fault.hits);
      await invariants([all.dev.registry, all.eu.registry, us.registry]);
    });
  }

  it('that is refused as a PUT and as a PATCH fails, with nothing left open', async () => {
    const {dev, eu} = await world();
    eu.registry.faults.add({...upload, action: {status: 405}});
    eu.registry.faults.add({method: 'PATCH', action: {status: 405}});
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('405');
    expect(eu.registry.log.requests(upload).length).to.be.at.most(3);
    await eu.registry.log.idle();
    await invariants([dev.registry, eu.registry]);
  });

  it('by PATCH never completes what is not its content', async () => {
    const {dev, eu, image} = await world();
    eu.registry.faults.add({
      ...upload,
      match: ({headers}) => headers['content-length'] !== '0',
      action: {status: 405},
    });
    dev.registry.faults.add({...read, path: new RegExp(image.blobs[1]!.digest), action: {corrupt: 5}});
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'digest-mismatch'});
    const completed = eu.registry.log.requests({...upload, path: new RegExp(image.blobs[1]!.digest)});
    expect(completed.filter(({status}) => status === 201)).to.deep.equal([]);
    await eu.registry.log.idle();
    await invariants([dev.registry, eu.registry]);
  });

  const broken: Record<string, FaultAction> = {
    'refuses the credentials': {
      status: 401,
      headers: {'www-authenticate': 'Basic realm="again"'},
      afterRequestBytes: 100_000,
    },
    fails: {status: 500, afterRequestBytes: 100_000},
    'is overloaded': {status: 503, afterRequestBytes: 100_000},
    'cuts the connection': {reset: {afterRequestBytes: 100_000}},
    'cuts it before reading': {reset: true},
    'loses the session': {status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}'},
    'takes it for invalid': {status: 400, body: '{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}'},
    'has another offset': {status: 416},
  };
  for (const [how, action] of Object.entries(broken)) {
    it(`begins anew, in a session of its own and from the first byte, when the registry ${how} in the middle`, async () => {
      const all = await world();
      all.eu.registry.faults.add({...upload, times: 1, action});
      const {destination} = await expectSuccess(all);
      expect(destination('prod-eu').blobs).to.include({total: 3, copied: 3});
      expect(all.eu.registry.log.requests({method: 'POST', status: 202})).to.have.length(4);
      // three blobs, and one of them once more
      expect(all.dev.registry.log.requests(read).length).to.be.within(3, 4);
    });
  }

  it('reports the bytes that arrived, whatever was sent twice', async () => {
    const all = await world();
    all.eu.registry.faults.add({...upload, times: 1, action: {status: 500, afterRequestBytes: 100_000}});
    const {events, destination} = await expectSuccess(all);
    const sent = events.reduce((sum, event) => sum + (event.kind === 'sent' ? event.bytes : 0), 0);
    expect(sent).to.equal(destination('prod-eu').bytes.total);
  });

  it('follows a redirect of its PUT with all of its content', async () => {
    const all = await world();
    all.eu.registry.faults.add({
      ...upload,
      times: 1,
      action: {
        intercept: ({path, query}) =>
          Promise.resolve({
            status: 307,
            headers: {location: `${path}?${query}`, 'content-length': '0'},
          }),
      },
    });
    await expectSuccess(all);
    for (const {url} of all.eu.registry.log.requests(upload)) {
      expect(url.match(/digest=/g), 'digest parameters').to.have.length(1);
    }
    expect(all.eu.registry.log.requests({method: 'POST', status: 202})).to.have.length(3);
  });

  it('gives up a PUT that is redirected for ever', async () => {
    const {dev, eu} = await world();
    eu.registry.faults.add({
      ...upload,
      action: {
        intercept: ({path, query}) => Promise.resolve({status: 307, headers: {location: `${path}?${query}`}}),
      },
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(eu.registry.log.requests(upload).length).to.be.lessThan(20);
    expect(eu.registry.openUploads()).to.equal(0);
  });

  it('is not repeated when only its answer was lost', async () => {
    const all = await world();
    all.eu.registry.faults.add({...upload, times: 1, when: 'after', action: {reset: true}});
    await expectSuccess(all);
    expect(all.eu.registry.log.requests(upload)).to.have.length(3);
  });

  it('always goes to the newest Location', async () => {
    const all = await world();
    // every answer has a Location of its own, and the registry refuses all but the newest
    await expectSuccess(all);
  });

  it('tells the status that cut it short, not that the pipe is broken', async () => {
    const {dev, eu} = await world(8_000_000);
    eu.registry.faults.add({
      ...upload,
      action: {
        status: 413,
        headers: {connection: 'close'},
        body: '{"errors":[{"code":"SIZE_INVALID","message":"quota exceeded"}]}',
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('413').and.include('quota exceeded');
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('that is said to be done before its end is sent again when the registry then misses it', async () => {
    const all = await world(8_000_000);
    all.eu.registry.faults.add({...upload, times: 1, action: {status: 201, afterRequestBytes: 1000}});
    const result = await promoteForTest({from: all.dev, to: [all.eu]});
    expect(result.report.exitCode).to.equal(0);
    await expectPromoted(all.dev, all.image.digest, all.eu);
  });

  it('is not tried again and again when the registry denies it', async () => {
    const {dev, eu} = await world();
    eu.registry.faults.add({
      ...upload,
      action: {status: 403, body: '{"errors":[{"code":"DENIED","message":"read only"}]}'},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message)
      .to.include('read only')
      .and.include("the test's login for prod-eu");
    expect(eu.registry.log.requests(upload).length).to.be.lessThan(4);
    expect(eu.registry.openUploads()).to.equal(0);
  });

  it('is done although the registry answers no question for blobs', async () => {
    for (const status of [400, 403, 405]) {
      const all = await world(1000);
      all.eu.registry.faults.add({method: 'HEAD', path: /\/blobs\//, action: {status}});
      await expectSuccess(all);
    }
  });

  it('is given a readable error for headers without end', async () => {
    const {dev, eu} = await world();
    const headers = {location: `/v2/x/blobs/uploads/1?_state=${'x'.repeat(100_000)}`};
    eu.registry.faults.add({method: 'POST', action: {headers}});
    const {report, destination} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.match(/header/i);
  });

  it('copes with twenty kilobytes of headers', async () => {
    const all = await world(1000);
    all.eu.registry.faults.add({action: {headers: {'x-policy': 'x'.repeat(20_000)}}});
    await expectSuccess(all);
  });
});
