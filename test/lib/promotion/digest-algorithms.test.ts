import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {asSubject, pushArtifact, pushImage, type PushedManifest} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest, storeOf, tagOf, type TestSite} from '../../support/sites.ts';

describe('an image that the source keeps by sha512', () => {
  const sites = sitesOfTest();

  async function world(): Promise<{dev: TestSite; eu: TestSite; image: PushedManifest}> {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {algorithm: 'sha512'});
    return {dev, eu, image};
  }

  const sign = ({dev, image}: {dev: TestSite; image: PushedManifest}) =>
    pushArtifact(dev.registry, repositoryOf(dev), undefined, {subject: asSubject(image), layers: 1});

  const runs = async (dev: TestSite, eu: TestSite): Promise<string[]> => {
    const first = await promoteForTest({from: dev, to: [eu]});
    const again = await promoteForTest({from: dev, to: [eu]});
    return [first, again].map(({destination}) => destination('prod-eu').status);
  };

  it('is one and the same where the destination names it by sha256', async () => {
    const {dev, eu, image} = await world();
    expect(await runs(dev, eu)).to.deep.equal(['promoted', 'up-to-date']);
    expect(await tagOf(eu)).to.equal(digestOf(image.bytes));
  });

  it('is up to date where only the destination names it so', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const {bytes, mediaType, digest} = await pushImage(eu.registry, repositoryOf(eu), '1.0.0');
    const other = await storeOf(eu).putManifest(bytes, mediaType, digestOf(bytes, 'sha512'));
    await storeOf(eu).tag('1.0.0', other.digest);
    await storeOf(eu).deleteManifest(digest);
    expect(await runs(dev, eu)).to.deep.equal(['up-to-date', 'up-to-date']);
  });

  it('is there by that digest for what refers to it by that', async () => {
    const {dev, eu, image} = await world();
    const signature = await sign({dev, image});
    expect(await runs(dev, eu)).to.deep.equal(['promoted', 'up-to-date']);
    expect((await storeOf(eu).manifest(image.digest))?.bytes.equals(image.bytes)).to.equal(true);
    expect((await storeOf(eu).manifest(signature.digest))?.bytes.equals(signature.bytes)).to.equal(true);
  });

  it('gets no tag, and --no-referrers is named, where what refers to it cannot refer to anything', async () => {
    const {dev, eu, image} = await world();
    await sign({dev, image});
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/sha512:/,
      action: {status: 400, body: '{"errors":[{"code":"DIGEST_INVALID","message":"not supported"}]}'},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    const suggestions = destination('prod-eu').error?.suggestions.join();
    expect(suggestions).to.include('sha512').and.include('--no-referrers');
    expect(await tagOf(eu)).to.equal(undefined);
    expect((await promoteForTest({from: dev, to: [eu], referrers: false})).report.exitCode).to.equal(0);
  });
});
