import {expect} from 'chai';
import {
  acceptWrongDigests,
  invariants,
  pushImage,
  startObjectStore,
  redirectBlobs,
  seededBytes,
  type FaultAction,
} from '../../support/registry.ts';
import {listen} from '../../../src/lib/registry/listener.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, storeOf, tagOf} from '../../support/sites.ts';

const size = 300_000;

describe('the content of layers', () => {
  const sites = sitesOfTest();

  async function world(lenient = false) {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 1, layerSize: size});
    const layer = image.blobs[1]!;
    const get = {method: 'GET', path: new RegExp(`/blobs/${layer.digest}`)} as const;
    if (lenient) for (const {registry} of [eu, us]) registry.faults.add(acceptWrongDigests(registry));
    return {dev, eu, us, image, layer, get};
  }

  const wrong: Record<string, FaultAction> = {
    'with one flipped bit at its start': {corrupt: 0},
    'with one flipped bit in the middle': {corrupt: 150_000},
    'with one flipped bit at its end': {corrupt: size - 1},
    'that is longer, and says so': {extra: 1_000_000, declareLength: true},
    'that is longer by a byte': {extra: 1},
    'that does not end': {extra: Infinity},
  };
  for (const [how, action] of Object.entries(wrong)) {
    it(`${how} never become a blob, even where nobody else would notice, and the source is blamed`, async () => {
      const {dev, eu, us, layer, get} = await world(true);
      dev.registry.faults.add({...get, action});
      const {report, destination} = await promoteForTest({from: dev, to: [eu, us], retries: {attempts: 2}});
      expect(report.exitCode).to.equal(1);
      for (const site of [eu, us]) {
        expect(await storeOf(site).blob(layer.digest)).to.equal(undefined);
        expect(await tagOf(site)).to.equal(undefined);
        expect(destination(site.name).error?.code).to.match(/^(?:digest|size)-mismatch$/);
        expect(destination(site.name).error?.message).to.include(`${dev.registry.host}/${repositoryOf(dev)}`);
      }
      const read = dev.registry.log.requests(get).reduce((sum, {bytesSent}) => sum + bytesSent, 0);
      expect(read).to.be.lessThan(10_000_000);
      await invariants([dev.registry, eu.registry, us.registry]);
    });
  }

  const short: Record<string, FaultAction> = {
    'silently with the connection': {truncate: 100_000, declareLength: false},
    'before the length it declared': {truncate: 100_000, declareLength: true},
    'with a reset': {reset: {afterResponseBytes: 100_000}},
  };
  for (const [how, action] of Object.entries(short)) {
    it(`that end early, ${how}, are read on from where they ended`, async () => {
      const {dev, eu, us, image, get} = await world(true);
      dev.registry.faults.add({...get, times: 1, action});
      const {report} = await promoteForTest({from: dev, to: [eu, us]});
      expect(report.exitCode).to.equal(0);
      for (const site of [eu, us]) await expectPromoted(dev, image.digest, site);
      const reads = dev.registry.log.requests(get);
      expect(reads).to.have.length(2);
      expect(reads[1]!.headers.range).to.match(/^bytes=[1-9]\d+-$/);
    });

    it(`that always end early, ${how}, are given up`, async () => {
      const {dev, eu, get} = await world(true);
      dev.registry.faults.add({...get, match: ({headers}) => headers.range === undefined, action});
      dev.registry.faults.add({
        ...get,
        match: ({headers}) => headers.range !== undefined,
        action: {status: 500},
      });
      const {report} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 3}});
      expect(report.exitCode).to.equal(1);
      expect(await tagOf(eu)).to.equal(undefined);
      expect(dev.registry.log.requests(get).length).to.be.lessThan(20);
      await invariants([dev.registry, eu.registry]);
    });
  }

  // and whether it is then asked for all of it again
  const resumed: Record<string, [action: FaultAction, again: boolean]> = {
    'begins again at the first byte': [
      {
        intercept: (exchange, next) => next({...exchange, headers: {...exchange.headers, range: undefined}}),
      },
      false,
    ],
    'answers with a later range': [{headers: {'content-range': `bytes 99999-${size - 1}/${size}`}}, true],
    'answers with a range that ends early': [
      {headers: {'content-range': `bytes 100000-200000/${size}`}},
      true,
    ],
    'answers with a range of something longer': [
      {headers: {'content-range': `bytes 100000-${size - 1}/${size + 1}`}},
      true,
    ],
    'does not say which range its answer is': [{headers: {'content-range': undefined}}, true],
    'does not say how long all of it is': [{headers: {'content-range': `bytes 100000-${size - 1}/*`}}, false],
    'refuses the range': [{status: 416}, true],
    'is overloaded for a moment': [{status: 503}, false],
  };
  for (const [how, [action, again]] of Object.entries(resumed)) {
    it(`are put together rightly when the source, asked to go on, ${how}`, async () => {
      const {dev, eu, us, image, get} = await world(true);
      dev.registry.faults.add({...get, times: 1, action: {truncate: 100_000, declareLength: false}});
      const resumption = dev.registry.faults.add({
        ...get,
        match: ({headers}) => headers.range !== undefined,
        times: 1,
        action,
      });
      const {report} = await promoteForTest({from: dev, to: [eu, us], retries: {attempts: 3}});
      expect(report.exitCode).to.equal(0);
      expect(resumption.hits).to.equal(1);
      for (const site of [eu, us]) await expectPromoted(dev, image.digest, site);
      const ranges = dev.registry.log.requests(get).map(({headers}) => headers.range);
      expect(ranges.filter((range) => range === undefined)).to.have.length(again ? 2 : 1);
      expect(ranges.length).to.be.at.most(3);
      await invariants([dev.registry, eu.registry, us.registry]);
    });
  }

  it('are given up when the source breaks off again and again and knows no ranges', async () => {
    const {dev, eu, get} = await world(true);
    dev.registry.faults.add({
      ...get,
      match: ({headers}) => headers.range === undefined,
      action: {truncate: 100_000, declareLength: false},
    });
    dev.registry.faults.add({
      ...get,
      match: ({headers}) => headers.range !== undefined,
      action: {status: 416},
    });
    const {report} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 3}});
    expect(report.exitCode).to.equal(1);
    expect(await tagOf(eu)).to.equal(undefined);
    expect(dev.registry.log.requests(get).length).to.be.lessThan(30);
    await invariants([dev.registry, eu.registry]);
  });

  it('are asked for as they are stored, and not unpacked on the way', async () => {
    const {dev, eu, image, get} = await world();
    dev.registry.faults.add({...get, action: {headers: {'content-encoding': 'gzip'}}});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
    for (const {headers, url} of dev.registry.log.requests({method: 'GET'})) {
      expect(headers['accept-encoding'] ?? 'identity', url).to.equal('identity');
    }
  });

  it('that are missing at the source are told of, and nothing is tagged', async () => {
    const dev = await sites.source();
    const eu = await sites.destination();
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {missing: 'layer'});
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include(dev.registry.host).and.include('404');
    expect(await tagOf(eu)).to.equal(undefined);
    await invariants([dev.registry, eu.registry]);
  });

  it('that break off at an object store are read on through the registry, which gives a new address', async () => {
    const {dev, eu, image, layer, get} = await world();
    const store = sites.closing(await startObjectStore(dev.registry));
    const cut = sites.closing(
      await listen((exchange) => {
        exchange.response.writeHead(200, {'content-length': String(size)});
        exchange.response.write(seededBytes(size, '0-0').subarray(0, 100_000), () =>
          exchange.request.socket.destroy(),
        );
        return new Promise(() => undefined);
      }),
    );
    dev.registry.faults.add({...get, times: 1, action: redirectBlobs(cut).action});
    dev.registry.faults.add({...get, action: redirectBlobs(store).action});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
    expect(cut.log.requests()).to.have.length(1);
    const [rest] = store.log.requests({path: new RegExp(layer.digest)});
    expect(rest!.headers.range).to.equal('bytes=100000-');
  });
});
