import {expect} from 'chai';
import {listen} from '../../../src/lib/registry/listener.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {pushBlob, pushImage, pushManifest, seededBytes} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, pushBytes, repositoryOf, sitesOfTest, storeOf, tagOf} from '../../support/sites.ts';

describe('layers that may not be distributed', () => {
  const sites = sitesOfTest();

  for (const docker of [false, true]) {
    it(`stay where their urls say: nothing is fetched there, and a notice tells (${docker ? 'Docker' : 'OCI'})`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const elsewhere = sites.closing(await listen(() => Promise.resolve({status: 200, headers: {}})));
      const {document} = await pushImage(dev.registry, repositoryOf(dev), undefined, {
        docker,
        foreignLayer: true,
      });
      const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
      const text = JSON.stringify(document).replace('https://layers.example.com', elsewhere.url);
      const {digest} = await pushManifest(
        dev.registry,
        repositoryOf(dev),
        '1.0.0',
        JSON.parse(text) as object as Record<string, unknown>,
        {
          mediaType,
        },
      );
      const {report, events} = await promoteForTest({from: dev, to: [eu]});
      expect(report.ok).to.equal(true);
      expect(report.images[0]!.destinations[0]!.blobs).to.include({total: 4, copied: 4});
      await expectPromoted(dev, digest, eu);
      expect(elsewhere.log.requests()).to.deep.equal([]);
      const warnings = events.filter((event) => event.kind === 'warning').map(({message}) => message);
      expect(warnings.join()).to.match(/app:1\.0\.0: 1 layer .*foreign/);
    });
  }

  for (const urls of [undefined, [], ['https://layers.example.com/foreign']]) {
    it(`are copied where the source has them, with ${JSON.stringify(urls)} for urls`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const {document} = await pushImage(dev.registry, repositoryOf(dev), undefined, {layers: 1});
      const held = await pushBlob(dev.registry, repositoryOf(dev), seededBytes(3000, 'held'));
      const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
      const layers = [...(document.layers as object[]), {mediaType, ...held, ...(urls && {urls})}];
      const bytes = Buffer.from(JSON.stringify({...document, layers}));
      const digest = await pushBytes(dev, bytes, mediaTypes.ociManifest);
      const {report, events} = await promoteForTest({from: dev, to: [eu]});
      expect(report.images[0]!.destinations[0]!.blobs).to.include({total: 3, copied: 3});
      expect(await tagOf(eu)).to.equal(digest);
      expect(await storeOf(eu).blob(held.digest)).to.exist;
      expect(events.filter((event) => event.kind === 'warning')).to.deep.equal([]);
    });
  }

  it('are missing where the source has them not and no urls say where they are', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {document} = await pushImage(dev.registry, repositoryOf(dev), undefined, {
      layers: 0,
      foreignLayer: true,
    });
    const bytes = Buffer.from(JSON.stringify(document).replace(/,"urls":\[[^\]]*\]/, ''));
    await pushBytes(dev, bytes, mediaTypes.ociManifest);
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('are named when a destination insists on having them', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {foreignLayer: true});
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\//,
      action: {
        status: 400,
        body: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"foreign blob is missing"}]}',
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('foreign blob is missing');
    expect(await tagOf(eu)).to.equal(undefined);
    // once more after everything was sent again, and no more
    expect(eu.registry.log.requests({method: 'PUT', path: /\/manifests\//})).to.have.length(2);
  });
});
