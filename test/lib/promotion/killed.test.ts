import {expect} from 'chai';
import {pushIndex} from '../../support/registry.ts';
import {promoteApart} from '../../support/promote-apart.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {randomFrom} from '../../support/random.ts';
import {slowTests} from '../../support/slow-tests.ts';
import {besides, expectPromoted, repositoryOf, sitesOfTest, tagOf} from '../../support/sites.ts';

// 50 with CORECTL_SLOW_TESTS=1, or as many as CORECTL_KILL_SEEDS says
const seeds = Number(process.env.CORECTL_KILL_SEEDS ?? (slowTests ? '50' : '10'));

/** Requests that the first destination sees of a whole run, and the source of its own: it dies at one of them. */
const requests = {destination: 27, source: 45};

describe('a promotion that is killed at any time', function () {
  const sites = sitesOfTest();

  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = randomFrom(seed);
    const side = random() < 0.7 ? 'destination' : 'source';
    const moment = 1 + Math.floor(random() * requests[side]);
    it(`(here at request ${moment} to the ${side}) leaves the tag unwritten or complete, and is finished by the next run`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const next = besides(dev, 'next');
      const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {
        layerSize: 100_000,
        layers: 2,
      });
      const {child, result} = promoteApart({from: dev, to: [eu, next]});
      const over = new Promise((resolve) => child.once('close', resolve));
      const {log} = (side === 'source' ? dev : eu).registry;
      await Promise.race([log.until({}, moment), over]);
      child.kill('SIGKILL');
      await over;
      await result.catch(() => undefined);
      for (const {registry} of [dev, eu]) await registry.log.idle();
      for (const site of [eu, next]) {
        if ((await tagOf(site)) !== undefined) await expectPromoted(dev, image.digest, site);
      }
      const {report} = await promoteForTest({from: dev, to: [eu, next]});
      expect(report.exitCode).to.equal(0);
      for (const site of [eu, next]) await expectPromoted(dev, image.digest, site);
    });
  }
});
