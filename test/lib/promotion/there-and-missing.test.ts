import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {pushBlob, pushImage, pushIndex, pushManifest, type PushedManifest} from '../../support/registry.ts';
import {
  expectPromoted,
  repositoryOf,
  sitesOfTest,
  storeOf,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

describe('what stands below something that is there', () => {
  const sites = sitesOfTest();

  /** An image that was promoted, and whose tag is gone at the destination. */
  async function untagged(): Promise<{dev: TestSite; eu: TestSite; image: PushedManifest}> {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    await promoteForTest({from: dev, to: [eu]});
    await storeOf(eu).deleteTag('1.0.0');
    return {dev, eu, image};
  }

  for (const part of ['config', 'layer'] as const) {
    it(`and is gone, as a ${part} is, is brought back before the tag is written`, async () => {
      const {dev, eu, image} = await untagged();
      const [child] = image.children as [PushedManifest];
      await storeOf(eu).deleteBlob(child.blobs[part === 'config' ? 0 : 1]!.digest);
      const {destination} = await promoteForTest({from: dev, to: [eu]});
      expect(destination('prod-eu')).to.include({status: 'promoted', contentVerified: true});
      await expectPromoted(dev, image.digest, eu);
    });
  }

  it('and is gone, as a child below an index is, is brought back before the tag is written', async () => {
    const {dev, eu, image} = await untagged();
    await storeOf(eu).deleteManifest(image.children[0]!.digest);
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
  });

  it('may be the manifest of one image and the layer of another one: both are copied', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const repository = repositoryOf(dev);
    const one = await pushImage(dev.registry, repository, undefined, {layers: 1, seed: 'one'});
    const layer = await pushBlob(dev.registry, repository, one.bytes);
    const config = one.blobs[0]!;
    const other = await pushManifest(
      dev.registry,
      repository,
      undefined,
      {
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: config.digest,
          size: config.size,
        },
        layers: [{mediaType: 'application/octet-stream', ...layer}],
      },
      {mediaType: mediaTypes.ociManifest},
    );
    const manifests = [other, one].map(({mediaType, digest, size}) => ({mediaType, digest, size}));
    const document = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests};
    await pushManifest(dev.registry, repository, '1.0.0', document, {mediaType: mediaTypes.ociIndex});
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    // not only after the registry has missed it
    expect(eu.registry.log.requests({status: 400})).to.deep.equal([]);
    expect(await storeOf(eu).manifest(one.digest), 'the manifest').to.exist;
    expect(await storeOf(eu).blob(one.digest), 'the layer').to.exist;
  });
});

describe('a source that fails while it is copied from', () => {
  const sites = sitesOfTest();

  for (const [what, action] of [
    ['refuses', {status: 403}],
    ['answers 500', {status: 500}],
    ['breaks off', {reset: true}],
    ['has lost it', {status: 404}],
  ] as const) {
    it(`and ${what} is told as the source by every destination, with a next step`, async () => {
      const [dev, eu, us] = [
        await sites.source(),
        await sites.destination(),
        await sites.destination('prod-us'),
      ];
      await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 1});
      dev.registry.faults.add({method: 'GET', path: /\/blobs\/sha256:/, action});
      const {report, destination} = await promoteForTest({
        from: dev,
        to: [eu, us],
        retries: {attempts: 2, delay: 1},
      });
      expect(report.exitCode).to.equal(1);
      for (const site of [eu, us]) {
        const {status, error} = destination(site.name);
        expect(status).to.equal('failed');
        expect(error?.side).to.equal('source');
        expect(error?.message)
          .to.match(/^source dev /)
          .and.not.include(site.registry.host);
        expect(error?.suggestions).not.to.deep.equal([]);
        expect(await tagOf(site)).to.equal(undefined);
      }
    });
  }
});
