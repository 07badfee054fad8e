import {expect} from 'chai';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {asSubject, pushArtifact, pushImage, pushIndex} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

describe('the requests about what belongs to an image that is up to date', () => {
  const sites = sitesOfTest();

  it('are those of the arithmetic in docs/benchmark.md, and none is made twice', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const repository = repositoryOf(dev);
    const image = await pushIndex(dev.registry, repository, '1.0.0');
    for (const seed of ['signature', 'sbom'])
      await pushArtifact(dev.registry, repository, undefined, {subject: asSubject(image), seed, layers: 1});
    const [name, child] = [image, image.children[0]!].map(({digest}) => referrersTag(digest));
    for (const tag of [`${name}.sig`, `${name}.att`, `${child}.sig`])
      await pushImage(dev.registry, repository, tag, {seed: tag, layers: 1});
    await promoteForTest({from: dev, to: [eu]});
    for (const {registry} of [dev, eu]) registry.log.clear();
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').status).to.equal('up-to-date');
    const [atSource, atDestination] = [dev, eu].map(({registry}) =>
      registry.log.requests().map(({method, url}) => `${method} ${url}`),
    );
    // 3 manifests; of 8, three tags of cosign and two lists of referrers each; the content of 5
    expect(atSource).to.have.length(3 + 8 * (3 + 2) + 5);
    // the tag; two lists of the one subject that has referrers; the three tags that the source has
    expect(atDestination).to.have.length(1 + 2 + 3);
    for (const requests of [atSource, atDestination])
      expect(new Set(requests).size).to.equal(requests?.length);
  });
});
