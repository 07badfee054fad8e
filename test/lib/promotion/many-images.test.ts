import {expect} from 'chai';
import {promoteForTest} from '../../support/promotion.ts';
import {pushImage} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

describe('a promotion of many images', () => {
  const sites = sitesOfTest();

  it('has the first of them in place while others wait: who ends it half-way has something', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const images = Array.from({length: 20}, (_, index) => `app:1.${index}.0`);
    for (const [index, image] of images.entries())
      await pushImage(dev.registry, repositoryOf(dev), image.replace('app:', ''), {
        ...{seed: image, layers: 4, layerSize: 500 * (index + 1)},
      });
    const {report} = await promoteForTest({from: dev, to: [eu], images, concurrency: 1});
    expect(report.exitCode).to.equal(0);
    const written = eu.registry.log
      .requests({method: 'PUT'})
      .map(({url}) => (url.includes('/manifests/1.') ? 'tag' : 'blob'));
    expect(written.indexOf('tag')).to.be.lessThan(15);
    expect(written.lastIndexOf('blob')).to.be.greaterThan(80);
    // the largest first
    expect(eu.registry.log.requests({path: /\/manifests\/1\./, method: 'PUT'})[0]?.url).to.contain('/1.19.0');
  });

  it('goes on where one destination takes nothing, however many blobs wait for it', async () => {
    const [dev, eu, us] = [await sites.source(), await sites.destination(), await sites.destination('us')];
    // more than are begun at once
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 700, layerSize: 100});
    let tagged: () => void = () => undefined;
    const isTagged = new Promise<void>((resolve) => (tagged = resolve));
    us.registry.faults.add({
      path: /\/blobs\/uploads\//,
      action: {
        intercept: async (exchange, next) => {
          await isTagged;
          return next(exchange);
        },
      },
    });
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/1\.0\.0/,
      action: {
        intercept: (exchange, next) => {
          tagged();
          return next(exchange);
        },
      },
    });
    const {report} = await promoteForTest({from: dev, to: [eu, us]});
    expect(report.exitCode, JSON.stringify(report.error)).to.equal(0);
  });
});
