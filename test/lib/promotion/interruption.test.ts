import {expect} from 'chai';
import {CorectlError} from '../../../src/lib/errors.ts';
import {invariants, pushIndex} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, tagOf} from '../../support/sites.ts';

// a third of the minute for which a registry may be silent, or which it asks for here
const patience = 20_000;

describe('an interruption', () => {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {layerSize: 400_000, layers: 4});
    const controller = new AbortController();
    const interrupt = () => {
      controller.abort(new CorectlError({code: 'interrupted', message: 'interrupted', exitCode: 130}));
    };
    return {dev, eu, us, image, interrupt, signal: controller.signal};
  }

  it('in the middle of uploads cancels them, writes no tag, and leaves a promotion that can go on', async () => {
    const {dev, eu, us, image, interrupt, signal} = await world();
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads\//,
      skip: 3,
      times: 1,
      action: {
        intercept: (exchange, next) => next({...exchange, body: interrupting(exchange.body)}),
      },
    });
    async function* interrupting(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of body) {
        interrupt();
        yield chunk;
      }
    }
    const started = performance.now();
    const {report, destination} = await promoteForTest({from: dev, to: [eu, us], signal});
    expect(performance.now() - started).to.be.lessThan(patience);
    expect(report.exitCode).to.equal(130);
    for (const site of [eu, us]) {
      expect(destination(site.name).status).to.equal('skipped');
      expect(await tagOf(site)).to.equal(undefined);
    }
    await Promise.all([eu, us].map(({registry}) => registry.log.idle()));
    await invariants([dev.registry, eu.registry, us.registry]);
    const again = await promoteForTest({from: dev, to: [eu, us]});
    expect(again.report.exitCode).to.equal(0);
    for (const site of [eu, us]) await expectPromoted(dev, image.digest, site);
  });

  it('does not wait for a registry that does not answer to the cancelling', async () => {
    const {dev, eu, interrupt, signal} = await world();
    eu.registry.faults.add({method: 'DELETE', action: {stall: 'response'}});
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads\//,
      action: {
        intercept: (exchange) => {
          interrupt();
          return new Promise((resolve) =>
            exchange.response.once('close', () => {
              resolve(undefined);
            }),
          );
        },
      },
    });
    const started = performance.now();
    const {report} = await promoteForTest({from: dev, to: [eu], signal});
    expect(performance.now() - started).to.be.lessThan(patience);
    expect(report.exitCode).to.equal(130);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('when a tag is being written lets it come to its end and be read back', async () => {
    const {dev, eu, image, interrupt, signal} = await world();
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/1\.0\.0/,
      action: {
        intercept: (exchange, next) => {
          interrupt();
          return next(exchange);
        },
      },
    });
    const {destination} = await promoteForTest({from: dev, to: [eu], signal});
    expect(destination('prod-eu').status).to.equal('promoted');
    await expectPromoted(dev, image.digest, eu);
  });

  it('before anything was written ends the preflight', async () => {
    const {dev, eu, interrupt, signal} = await world();
    dev.registry.faults.add({
      path: /\/manifests\/1\.0\.0/,
      action: {
        intercept: (exchange) => {
          interrupt();
          return new Promise((resolve) =>
            exchange.response.once('close', () => {
              resolve(undefined);
            }),
          );
        },
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu], signal});
    expect(report.exitCode).to.equal(130);
    expect(report.error).to.include({code: 'interrupted'});
    expect(destination('prod-eu').status).to.equal('skipped');
    expect(eu.registry.log.requests().every(({method}) => method === 'HEAD' || method === 'GET')).to.equal(
      true,
    );
  });

  it('while a registry asks to wait ends the waiting', async () => {
    const {dev, eu, interrupt, signal} = await world();
    eu.registry.faults.add({
      method: 'POST',
      times: 1,
      action: {
        intercept: () => {
          setImmediate(interrupt);
          return Promise.resolve({status: 429, headers: {'retry-after': '60', 'content-length': '0'}});
        },
      },
    });
    const started = performance.now();
    const {report} = await promoteForTest({from: dev, to: [eu], signal});
    expect(performance.now() - started).to.be.lessThan(patience);
    expect(report.exitCode).to.equal(130);
  });
});
