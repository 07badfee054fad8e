import {expect} from 'chai';
import {setImmediate as turn} from 'node:timers/promises';
import type {Exchange, Handler} from '../../../src/lib/registry/exchange.ts';
import {invariants, pushImage, type TestRegistry} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {besides, expectPromoted, repositoryOf, sitesOfTest} from '../../support/sites.ts';

/** Turns of the event loop that an upload is held, so that others would show themselves. */
const turns = 20;

/** Counts the uploads that a registry receives at the same time. */
function gauge(registry: TestRegistry): {readonly most: number} {
  const seen = {now: 0, most: 0};
  registry.faults.add({
    method: 'PUT',
    path: /\/blobs\/uploads\//,
    action: {
      intercept: async (exchange: Exchange, next: Handler) => {
        seen.now += 1;
        seen.most = Math.max(seen.most, seen.now);
        exchange.response.once('close', () => (seen.now -= 1));
        for (let at = 0; at < turns; at += 1) await turn();
        return next(exchange);
      },
    },
  });
  return seen;
}

/** Each blob's first PUT is answered 503. */
function refuseEachOnce(registry: TestRegistry): void {
  const refused = new Set<string>();
  registry.faults.add({
    method: 'PUT',
    path: /\/blobs\/uploads\//,
    match: ({entry: {url}}) => {
      const digest = /digest=(sha256:\w+)/.exec(url)?.[1] ?? '';
      return !refused.has(digest) && refused.add(digest).size > 0;
    },
    action: {status: 503},
  });
}

describe('--concurrency, measured at the registry', () => {
  const sites = sitesOfTest();

  for (const concurrency of [1, 3]) {
    it(`holds with ${concurrency} while each upload is tried again`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {
        layers: 24,
        layerSize: 5000,
      });
      const uploads = gauge(eu.registry);
      refuseEachOnce(eu.registry);
      const {report} = await promoteForTest({from: dev, to: [eu], concurrency});
      expect(report.exitCode).to.equal(0);
      expect(uploads.most).to.be.within(1, concurrency);
      await expectPromoted(dev, digest, eu);
      await invariants([dev.registry, eu.registry]);
    });
  }

  it('holds at each of several destinations, of which one is slow and one fails now and then', async () => {
    const dev = await sites.source();
    const all = [
      await sites.destination('prod-eu'),
      await sites.destination('prod-us'),
      await sites.destination('prod-asia'),
    ] as const;
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {
      layers: 12,
      layerSize: 60_000,
    });
    const [eu, us, asia] = all;
    const uploads = all.map(({registry}) => gauge(registry));
    refuseEachOnce(us.registry);
    asia.registry.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads\//,
      action: {throttle: 400_000, side: 'request'},
    });
    const {report} = await promoteForTest({from: dev, to: all, concurrency: 2});
    expect(report.exitCode).to.equal(0);
    for (const {most} of uploads) expect(most).to.be.within(1, 2);
    for (const site of [eu, us, asia]) await expectPromoted(dev, digest, site);
  });

  it('holds while content is sent again that the registry claimed to have', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const images = Array.from({length: 8}, (_, i) => `app:${i}.0.0`);
    for (const [i, image] of images.entries())
      await pushImage(dev.registry, repositoryOf(dev), image.slice(4), {
        layers: 3,
        layerSize: 3000,
        seed: String(i),
      });
    // it claims to have every blob until a manifest needs them
    eu.registry.faults.add({method: 'HEAD', path: /\/blobs\//, action: {status: 200}});
    const uploads = gauge(eu.registry);
    const {report} = await promoteForTest({from: dev, to: [eu], images, concurrency: 2});
    expect(report.exitCode).to.equal(0);
    expect(uploads.most).to.be.within(1, 2);
  });

  it('is one read at a time for all destinations, however many repositories one registry has', async () => {
    const dev = await sites.source();
    const eu = await sites.destination();
    const other = besides(eu, 'prod-other', 'tenant/other/prod');
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 12, layerSize: 5000});
    const uploads = gauge(eu.registry);
    await promoteForTest({from: dev, to: [eu, other], concurrency: 1});
    expect(uploads.most).to.equal(1);
  });
});
