import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {
  asSubject,
  invariants,
  pushBlob,
  pushImage,
  seededBytes,
  takeAnyManifest,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {pushBytes, repositoryOf, sitesOfTest, storeOf, tagOf} from '../../support/sites.ts';

describe('what not every registry takes is promoted to one that does:', () => {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    eu.registry.faults.add(takeAnyManifest(eu.registry));
    return {dev, eu};
  }

  it('the index of a build cache, whose entries are layers', async () => {
    const {dev, eu} = await world();
    const repository = repositoryOf(dev);
    const layer = await pushBlob(dev.registry, repository, seededBytes(5000, 'cache'));
    const config = await pushBlob(dev.registry, repository, Buffer.from('{"layers":[]}'));
    const manifests = [
      {mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...layer},
      {mediaType: 'application/vnd.buildkit.cacheconfig.v0', ...config},
    ];
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests};
    const digest = await pushBytes(dev, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex);
    await promoteForTest({from: dev, to: [eu]});
    expect(await tagOf(eu)).to.equal(digest);
    for (const {digest: blob} of [layer, config]) {
      expect(await storeOf(eu).blob(blob)).to.exist;
      expect(dev.registry.log.requests({path: new RegExp(`/manifests/${blob}`)})).to.deep.equal([]);
    }
  });

  it('an index with entries of types that nobody knows: manifests or blobs', async () => {
    const {dev, eu} = await world();
    const repository = repositoryOf(dev);
    const blob = await pushBlob(dev.registry, repository, seededBytes(500, 'x'));
    const image = await pushImage(dev.registry, repository);
    const manifests = [
      {mediaType: 'application/x-nobody-knows', ...blob},
      {...asSubject(image), artifactType: 'application/x-foo'},
    ];
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests};
    const digest = await pushBytes(dev, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex);
    await promoteForTest({from: dev, to: [eu]});
    expect(await tagOf(eu)).to.equal(digest);
    expect(await storeOf(eu).blob(blob.digest)).to.exist;
  });

  it('an artifact manifest of a draft of the specification, with its blobs', async () => {
    const {dev, eu} = await world();
    const repository = repositoryOf(dev);
    const blob = await pushBlob(dev.registry, repository, seededBytes(500, 'x'));
    const document = {
      mediaType: mediaTypes.ociArtifact,
      artifactType: 'application/x-foo',
      blobs: [{mediaType: 'text/plain', ...blob}],
    };
    const digest = await pushBytes(dev, Buffer.from(JSON.stringify(document)), mediaTypes.ociArtifact);
    await promoteForTest({from: dev, to: [eu]});
    expect(await tagOf(eu)).to.equal(digest);
    expect(await storeOf(eu).blob(blob.digest)).to.exist;
  });

  for (const [mediaType, field] of [
    [mediaTypes.ociManifest, 'blobs'],
    [mediaTypes.dockerManifest, 'blobs'],
    [mediaTypes.ociArtifact, 'layers'],
    [mediaTypes.ociIndex, 'blobs'],
  ] as const) {
    it(`what ${mediaType} lists as ${field}`, async () => {
      const {dev, eu} = await world();
      const blob = await pushBlob(dev.registry, repositoryOf(dev), seededBytes(500, 'x'));
      const list = mediaType === mediaTypes.ociIndex ? {manifests: []} : {};
      const document = {schemaVersion: 2, mediaType, ...list, [field]: [{mediaType: 'text/plain', ...blob}]};
      const digest = await pushBytes(dev, Buffer.from(JSON.stringify(document)), mediaType);
      await promoteForTest({from: dev, to: [eu]});
      expect(await tagOf(eu)).to.equal(digest);
      expect(await storeOf(eu).blob(blob.digest)).to.exist;
    });
  }

  it('nothing that lists blobs under a type that says nothing of them', async () => {
    const {dev, eu} = await world();
    const document = {mediaType: 'application/x-nobody-knows', blobs: []};
    await pushBytes(dev, Buffer.from(JSON.stringify(document)), document.mediaType);
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.not.equal(0);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  for (const reason of ['an index lists manifests only', 'unsupported media type']) {
    it(`and where a registry does not, its reason is shown: ${reason}`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      const detail = {mediaType: 'application/x-refused'};
      eu.registry.faults.add({
        method: 'PUT',
        path: /\/manifests\//,
        action: {
          status: 400,
          body: JSON.stringify({errors: [{code: 'MANIFEST_INVALID', message: reason, detail}]}),
        },
      });
      const {destination} = await promoteForTest({from: dev, to: [eu]});
      expect(destination('prod-eu').error?.message)
        .to.include('MANIFEST_INVALID')
        .and.include(reason)
        .and.include('application/x-refused');
      // a refusal of the manifest is not repeated
      expect(eu.registry.log.requests({method: 'PUT', path: /\/manifests\//})).to.have.length(1);
      await invariants([dev.registry, eu.registry]);
    });
  }

  it('and where it keeps nothing named by sha512, that is said and not that the content is wrong', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {bytes, mediaType} = await pushImage(dev.registry, repositoryOf(dev), undefined, {
      algorithm: 'sha512',
    });
    await pushBytes(dev, bytes, mediaType);
    eu.registry.faults.add({
      method: 'PUT',
      path: /digest=sha512/,
      action: {
        status: 400,
        body: '{"errors":[{"code":"DIGEST_INVALID","message":"invalid checksum digest format"}]}',
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('invalid checksum digest format');
    expect(destination('prod-eu').error?.suggestions.join()).to.include('sha512');
    const begun = eu.registry.log.requests({method: 'POST', path: /\/blobs\/uploads\//});
    for (const {url} of begun) expect(url).to.match(/\/blobs\/uploads\/\?digest-algorithm=sha512$/);
    expect(await tagOf(eu)).to.equal(undefined);
    await eu.registry.log.idle();
    await invariants([dev.registry, eu.registry]);
  });
});
