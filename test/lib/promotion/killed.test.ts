import {expect} from 'chai';
import {pushIndex} from '../../support/registry.ts';
import {promoteApart} from '../../support/promote-apart.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {besides, expectPromoted, repositoryOf, sitesOfTest, tagOf} from '../../support/sites.ts';

describe('a promotion that is killed at any time', function () {
  this.timeout(60_000);
  const sites = sitesOfTest();

  // by the number of requests that a destination has seen: of preflight, uploads, manifests and tag
  for (const moment of [1, 9, 16, 19, 22, 25, 28, 31]) {
    it(`(here at request ${moment}) leaves the tag unwritten or complete, and is finished by the next run`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const next = besides(dev, 'next');
      const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {
        layerSize: 100_000,
        layers: 2,
      });
      const {child, result} = promoteApart({from: dev, to: [eu, next]});
      const over = new Promise((resolve) => child.once('close', resolve));
      await Promise.race([eu.registry.log.until({}, moment), over]);
      child.kill('SIGKILL');
      await over;
      await result.catch(() => undefined);
      await eu.registry.log.idle();
      for (const site of [eu, next]) {
        if ((await tagOf(site)) !== undefined) await expectPromoted(dev, image.digest, site);
      }
      const {report} = await promoteForTest({from: dev, to: [eu, next]});
      expect(report.exitCode).to.equal(0);
      for (const site of [eu, next]) await expectPromoted(dev, image.digest, site);
    });
  }
});
