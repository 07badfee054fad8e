import {expect} from 'chai';
import {
  expectSameContent,
  invariants,
  pushImage,
  pushIndex,
  registriesOfTest,
} from '../../support/registry.ts';
import {promoteForTest, type Site} from '../../support/promotion.ts';

describe('a promotion', () => {
  const registries = registriesOfTest();

  async function sites(): Promise<{
    dev: Site & {registry: Awaited<ReturnType<typeof registries.start>>};
    eu: Site & {registry: Awaited<ReturnType<typeof registries.start>>};
    us: Site & {registry: Awaited<ReturnType<typeof registries.start>>};
  }> {
    const [dev, eu, us] = [await registries.start(), await registries.start(), await registries.start()];
    return {
      dev: {name: 'dev', registry: dev, path: 'tenant/payments/extended-test'},
      eu: {name: 'prod-eu', registry: eu, path: 'tenant/payments/prod'},
      us: {name: 'prod-us', registry: us, path: 'tenant/payments/prod'},
    };
  }

  it('brings a multi-platform image with its attestation to every environment, byte for byte', async () => {
    const {dev, eu, us} = await sites();
    const image = await pushIndex(dev.registry, `${dev.path}/app`, '1.0.0', {
      attestation: true,
      pretty: true,
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu, us]});
    expect(report).to.include({ok: true, exitCode: 0});
    expect(report.images[0]).to.include({digest: image.digest});
    for (const site of [eu, us]) {
      expect(destination(site.name).status).to.equal('promoted');
      await expectSameContent(
        dev.registry,
        `${dev.path}/app`,
        image.digest,
        site.registry,
        `${site.path}/app`,
      );
    }
    await invariants([dev.registry, eu.registry, us.registry]);
  });

  it('reads each blob from the source once for all environments', async () => {
    const {dev, eu, us} = await sites();
    await pushImage(dev.registry, `${dev.path}/app`, '1.0.0', {layers: 5});
    await promoteForTest({from: dev, to: [eu, us]});
    const reads = dev.registry.log.requests({method: 'GET', path: /\/blobs\//}).map(({url}) => url);
    expect(reads).to.have.length(6);
    expect(new Set(reads)).to.have.length(6);
  });

  it('writes nothing when everything is there', async () => {
    const {dev, eu, us} = await sites();
    await pushImage(dev.registry, `${dev.path}/app`, '1.0.0');
    await promoteForTest({from: dev, to: [eu, us]});
    for (const site of [dev, eu, us]) site.registry.log.clear();
    const {destination, report} = await promoteForTest({from: dev, to: [eu, us]});
    expect([destination('prod-eu').status, destination('prod-us').status]).to.deep.equal([
      'up-to-date',
      'up-to-date',
    ]);
    expect(report.images[0]!.destinations[0]!.blobs).to.deep.include({copied: 0, mounted: 0});
    const methods = [dev, eu, us].flatMap((site) => site.registry.log.requests().map(({method}) => method));
    expect(methods.every((method) => method === 'GET' || method === 'HEAD')).to.equal(true);
    expect(dev.registry.log.requests({path: /\/blobs\//})).to.deep.equal([]);
  });

  it('mounts within one registry', async () => {
    const {dev} = await sites();
    await pushIndex(dev.registry, `${dev.path}/app`, '1.0.0');
    const to = {...dev, name: 'dev-next', path: 'tenant/payments/prod'};
    const {destination} = await promoteForTest({from: dev, to: [to]});
    const {blobs} = destination('dev-next');
    expect(blobs.mounted).to.equal(blobs.total);
    expect(blobs.copied).to.equal(0);
    expect(dev.registry.log.requests({method: 'GET', path: /\/blobs\//})).to.have.length(0);
  });
});
