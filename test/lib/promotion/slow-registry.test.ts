import {expect} from 'chai';
import {pushImage} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, tagOf} from '../../support/sites.ts';

const slowly = {action: {delayMs: 2000}} as const;

describe('a registry that answers each request, and each so slowly that there is no end to it', () => {
  const sites = sitesOfTest();

  it('as a destination has failed, and the others go on with --keep-going', async () => {
    const [dev, eu, us] = [await sites.source(), await sites.destination(), await sites.destination('us')];
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 120});
    us.registry.faults.add({path: /\/blobs\//, ...slowly});
    const limits = {preflight: 2000};
    const {report, destination} = await promoteForTest({from: dev, to: [eu, us], limits, keepGoing: true});
    expect(report.exitCode).to.equal(1);
    await expectPromoted(dev, digest, eu);
    expect(await tagOf(us)).to.equal(undefined);
    expect(destination('us').error?.code).to.equal('timeout');
    expect(destination('us').error?.message).to.include('longer than 4 s');
    expect(destination('us').error?.suggestions.join()).to.include('CORECTL_PREFLIGHT_TIMEOUT');
  });
});
