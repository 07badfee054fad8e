import {expect} from 'chai';
import {promoteForTest} from '../../support/promotion.ts';
import {pushImage} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest, tagOf} from '../../support/sites.ts';

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

  it('comes to its end where one destination takes nothing, however many blobs wait for it', async () => {
    const [dev, eu, us] = [await sites.source(), await sites.destination(), await sites.destination('us')];
    // more than are begun at once
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 700, layerSize: 100});
    us.registry.faults.add({path: /\/blobs\/uploads\//, action: {stall: 'response'}});
    const {report, destination} = await promoteForTest({
      ...{from: dev, to: [eu, us], limits: {answer: 3000, commit: 3000}},
      retries: {attempts: 1},
    });
    expect(report.exitCode).to.equal(1);
    expect(destination(eu.name).status).to.equal('promoted');
    expect(destination(us.name).status).to.equal('failed');
    expect(await tagOf(us)).to.equal(undefined);
  });
});
