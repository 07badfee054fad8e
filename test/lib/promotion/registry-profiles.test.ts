import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {listReferrers} from '../../../src/lib/distribution/referrers.ts';
import {
  asSubject,
  invariants,
  pushArtifact,
  pushImage,
  pushIndex,
  type PushedManifest,
} from '../../support/registry.ts';
import {promoteForTest, sessionWith} from '../../support/promotion.ts';
import {profiles, type Profile} from '../../support/registry-profiles.ts';
import {
  besides,
  expectPromoted,
  pushBytes,
  repositoryOf,
  sitesOfTest,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';

for (const [name, profile] of Object.entries(profiles)) {
  describe(`a registry that ${name}`, function () {
    const sites = sitesOfTest();

    /** Two of its kind, or two repositories of one. */
    async function world(): Promise<{dev: TestSite; eu: TestSite; bring: () => Promise<void>}> {
      const {options, credential, shared} = profile;
      const as = (site: TestSite): TestSite => ({...site, ...(credential && {credential})});
      const dev = as(await sites.source(options));
      const eu = as(shared ? besides(dev, 'prod-eu') : await sites.destination('prod-eu', options));
      // images are there before it shows its ways
      const bring = async () => {
        for (const {registry} of shared ? [dev] : profile.refusal ? [eu] : [dev, eu]) {
          const more = await profile.ways?.(registry);
          if (more) sites.closing(more);
        }
      };
      return {dev, eu, bring};
    }

    if (profile.refusal) {
      it('is told of in its own words, at once, and no tag is written', async () => {
        const {dev, eu, bring} = await world();
        await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
        await bring();
        const {report, destination} = await promoteForTest({from: dev, to: [eu]});
        expect(report.exitCode).to.be.oneOf([1, 5]);
        expect(destination('prod-eu').error!.message).to.match(profile.refusal!);
        expect(await tagOf(eu)).to.equal(undefined);
        expect(eu.registry.log.requests().length).to.be.lessThan(30);
        await invariants([dev.registry, eu.registry]);
      });
      return;
    }

    it('is promoted to: an image, once', async () => {
      const {dev, eu, bring} = await world();
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 12, layerSize: 2000});
      await bring();
      await expectPromotion(dev, eu, image);
      await expectNothingToDo(dev, eu);
    });

    it('is promoted to: an image of two platforms with attestation, signatures and SBOM, once', async () => {
      const {dev, eu, bring} = await world();
      const {image, referrers, tags} = await signedImage(dev, profile);
      await bring();
      await expectPromotion(dev, eu, image);
      for (const tag of tags) expect(await tagOf(eu, tag), tag).to.equal(await tagOf(dev, tag));
      const listed = (await listReferrers(sessionWith(eu, 'app'), image.digest)).descriptors;
      expect(listed.map(({digest, artifactType}) => ({digest, artifactType}))).to.have.deep.members(
        referrers.map(({digest}) => ({digest, artifactType: bundle})),
      );
      await expectNothingToDo(dev, eu);
    });
  });
}

async function expectPromotion(dev: TestSite, eu: TestSite, image: PushedManifest): Promise<void> {
  const {report, destination} = await promoteForTest({from: dev, to: [eu]});
  expect(report.error ?? destination('prod-eu').error).to.equal(null);
  expect(report.exitCode).to.equal(0);
  await expectPromoted(dev, image.digest, eu);
  // who does not take a cancellation keeps its uploads
  expect(dev.registry.log.requests({status: 500})).to.deep.equal([]);
}

async function expectNothingToDo(dev: TestSite, eu: TestSite): Promise<void> {
  eu.registry.log.clear();
  const {report, destination} = await promoteForTest({from: dev, to: [eu]});
  expect(report.exitCode).to.equal(0);
  expect(destination('prod-eu').status).to.equal('up-to-date');
  const writes = eu.registry.log
    .requests()
    .filter(({method, url}) => !['GET', 'HEAD'].includes(method) && !url.startsWith('/token'));
  expect(writes).to.deep.equal([]);
}

/** An image with everything that belongs to it, in all places where a registry of that kind may have it. */
async function signedImage(
  dev: TestSite,
  {options}: Profile,
): Promise<{image: PushedManifest; referrers: PushedManifest[]; tags: string[]}> {
  const [registry, repository] = [dev.registry, repositoryOf(dev)];
  const image = await pushIndex(registry, repository, '1.0.0', {attestation: true, layers: 2});
  const tags = ['sig', 'att'].map((kind) => `${referrersTag(image.digest)}.${kind}`);
  for (const tag of tags) await pushImage(registry, repository, tag, {seed: tag, layers: 1, layerSize: 200});
  const referrers = [];
  for (const seed of ['one', 'two']) {
    const options = {subject: asSubject(image), artifactType: bundle, seed, layers: 1};
    referrers.push(await pushArtifact(registry, repository, undefined, options));
  }
  if (options?.referrers === false) {
    const manifests = referrers.map((one) => ({...asSubject(one), artifactType: bundle}));
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests};
    const tag = referrersTag(image.digest);
    await pushBytes(dev, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex, tag);
  }
  return {image, referrers, tags};
}
