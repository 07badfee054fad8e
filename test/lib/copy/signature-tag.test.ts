import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {pushBlob, pushImage, pushManifest, tagged} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest, type TestSite} from '../../support/sites.ts';

// cosign writes all signatures of an image into one manifest: the same layer each time, annotated with the signature
describe("a manifest of several signatures under cosign's tag", () => {
  const sites = sitesOfTest();

  async function sign(site: TestSite, tag: string, signatures: readonly string[]) {
    const [registry, repository] = [site.registry, repositoryOf(site)];
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...(await pushBlob(registry, repository, Buffer.from('{}'))),
    };
    const payload = await pushBlob(registry, repository, Buffer.from('{"critical":{}}'));
    const layers = signatures.map((signature) => ({
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      ...payload,
      annotations: {'dev.cosignproject.cosign/signature': signature},
    }));
    const document = {schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers};
    return (
      await pushManifest(registry, repository, tag, document, {
        mediaType: mediaTypes.ociManifest,
        blobs: [config, {mediaType: 'application/octet-stream', ...payload}],
      })
    ).digest;
  }

  /** What the tag points to after a promotion, and whether it was warned about. */
  async function afterPromotion(here: readonly string[], there: readonly string[], overwrite = false) {
    const [source, destination] = [await sites.source(), await sites.destination()];
    const image = await pushImage(source.registry, repositoryOf(source), '1.0.0');
    const tag = `${image.digest.replace(':', '-')}.sig`;
    const [ours, theirs] = [await sign(source, tag, here), await sign(destination, tag, there)];
    const {report, events} = await promoteForTest({from: source, to: [destination], overwrite});
    expect(report.exitCode).to.equal(0);
    const found = await tagged(destination.registry, repositoryOf(destination), tag);
    expect([ours, theirs]).to.include(found);
    return {
      isOurs: found === ours,
      warnings: events.filter(({kind}) => kind === 'warning').length,
    };
  }

  it('replaces one that holds some of them', async () => {
    expect(await afterPromotion(['a', 'b'], ['a'])).to.deep.equal({isOurs: true, warnings: 0});
    expect(await afterPromotion(['b', 'a'], ['a'])).to.deep.equal({isOurs: true, warnings: 0});
  });

  it('is not missed where all of them are held, and more', async () => {
    expect(await afterPromotion(['a'], ['a', 'b'])).to.deep.equal({isOurs: false, warnings: 0});
  });

  it('leaves others as they are, and says so', async () => {
    expect(await afterPromotion(['a', 'b'], ['a', 'c'])).to.deep.equal({isOurs: false, warnings: 1});
    expect(await afterPromotion(['a'], [])).to.deep.equal({isOurs: false, warnings: 1});
    expect(await afterPromotion(['a', 'b'], ['c'], true)).to.deep.equal({isOurs: true, warnings: 0});
  });
});
