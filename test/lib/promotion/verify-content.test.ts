import {expect} from 'chai';
import {asSubject, pushArtifact, pushIndex} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, storeOf} from '../../support/sites.ts';

describe('what a destination lost below a tag that is right', () => {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    const signature = await pushArtifact(dev.registry, repositoryOf(dev), undefined, {
      subject: asSubject(image),
      layers: 1,
    });
    await promoteForTest({from: dev, to: [eu]});
    eu.registry.log.clear();
    return {dev, eu, image, signature};
  }

  it('is brought back with verifyContent, a layer, a child and a part of a signature alike', async () => {
    const {dev, eu, image, signature} = await world();
    const layer = signature.blobs[1]!;
    await storeOf(eu).deleteBlob(image.blobs[1]!.digest);
    await storeOf(eu).deleteBlob(layer.digest);
    const {destination: unseen} = await promoteForTest({from: dev, to: [eu]});
    expect(unseen('prod-eu')).to.include({status: 'up-to-date', contentVerified: false});
    const {destination} = await promoteForTest({from: dev, to: [eu], verifyContent: true});
    expect(destination('prod-eu')).to.include({status: 'promoted', contentVerified: true});
    await expectPromoted(dev, image.digest, eu);
    expect(await storeOf(eu).blob(layer.digest)).to.exist;
  });

  it('costs a HEAD for each manifest and blob of the image and of its signatures, and writes nothing', async () => {
    const {dev, eu, image, signature} = await world();
    await promoteForTest({from: dev, to: [eu]});
    const without = eu.registry.log.requests().length;
    eu.registry.log.clear();
    const {destination} = await promoteForTest({from: dev, to: [eu], verifyContent: true});
    expect(destination('prod-eu')).to.include({status: 'up-to-date', contentVerified: true});
    const blobs = [image, signature].map((one) => new Set(one.blobs.map(({digest}) => digest)).size);
    const manifests = 1 + image.children.length + 1;
    expect(eu.registry.log.requests().length - without).to.equal(manifests + blobs[0]! + blobs[1]!);
    expect(new Set(eu.registry.log.requests().map(({method}) => method))).to.deep.equal(
      new Set(['HEAD', 'GET']),
    );
  });
});
