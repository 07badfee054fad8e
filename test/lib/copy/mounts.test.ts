import {expect} from 'chai';
import {invariants, pushImage, pushIndex, type FaultAction} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {besides, expectPromoted, repositoryOf, sitesOfTest, storeOf, tagOf} from '../../support/sites.ts';

const mountRequest = {method: 'POST', path: /[?&]mount=/} as const;

describe('mounting blobs within a registry', () => {
  const sites = sitesOfTest();

  async function world() {
    const dev = await sites.source();
    const prod = besides(dev, 'prod-eu');
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 6});
    return {dev, prod, image};
  }

  const failures: Record<string, FaultAction> = {
    'is answered 400': {
      status: 400,
      body: '{"errors":[{"code":"NAME_INVALID","message":"invalid repository name"}]}',
    },
    'is answered 401': {status: 401, headers: {'www-authenticate': 'Basic realm="x"'}},
    'is answered 403': {status: 403},
    'is answered 404': {status: 404},
    'is answered 405': {status: 405},
    'is answered 500': {status: 500},
    'is cut off': {reset: true},
    'is answered 201 for another blob': {
      status: 201,
      headers: {'docker-content-digest': `sha256:${'0'.repeat(64)}`},
    },
  };
  for (const [how, action] of Object.entries(failures)) {
    it(`falls back to plain uploads when it ${how}, and is not tried for each blob`, async () => {
      const {dev, prod, image} = await world();
      dev.registry.faults.add({...mountRequest, action});
      const {report, destination} = await promoteForTest({from: dev, to: [prod]});
      expect(report.exitCode).to.equal(0);
      expect(destination('prod-eu').blobs).to.include({mounted: 0, copied: 7});
      await expectPromoted(dev, image.digest, prod);
      expect(dev.registry.log.requests(mountRequest).length).to.be.within(1, 2);
      await invariants([dev.registry]);
    });
  }

  it('goes on in the upload that a registry opens instead: one for each blob, none left open', async () => {
    const dev = await sites.source({mounts: false});
    const prod = besides(dev, 'prod-eu');
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 6});
    const {destination} = await promoteForTest({from: dev, to: [prod]});
    expect(destination('prod-eu').blobs).to.include({mounted: 0, copied: 7});
    await expectPromoted(dev, image.digest, prod);
    expect(dev.registry.log.requests({method: 'POST'})).to.have.length(7);
    await invariants([dev.registry]);
  });

  it('leaves no upload open that a registry opened instead when the first one is refused', async () => {
    const dev = await sites.source({mounts: false});
    const prod = besides(dev, 'prod-eu');
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 20});
    dev.registry.faults.add({method: 'PUT', path: /\/blobs\/uploads\//, action: {status: 403}});
    const {report} = await promoteForTest({from: dev, to: [prod]});
    expect(report.exitCode).to.equal(1);
    await dev.registry.log.idle();
    await invariants([dev.registry]);
  });

  it('asks with mount and from, and nothing else', async () => {
    const {dev, prod} = await world();
    await promoteForTest({from: dev, to: [prod]});
    const asked = dev.registry.log.requests(mountRequest).map(({url}) => url.split('?')[1]!);
    expect(asked).to.have.length(7);
    for (const query of asked) {
      expect(query).to.match(/^mount=sha256:[0-9a-f]{64}&from=tenant%2Fpayments%2Fextended-test%2Fapp$/);
    }
  });

  it('is not asked for between registries', async () => {
    const {dev} = await world();
    const elsewhere = await sites.destination();
    await promoteForTest({from: dev, to: [elsewhere]});
    expect(elsewhere.registry.log.requests(mountRequest)).to.deep.equal([]);
  });

  it('is seen through when it was a lie: what the registry then misses is sent', async () => {
    const {dev, prod, image} = await world();
    const lied = image.blobs[1]!.digest;
    dev.registry.faults.add({
      ...mountRequest,
      match: ({query}) => query.includes(lied),
      action: {status: 201, headers: {'docker-content-digest': lied}},
    });
    const {report} = await promoteForTest({from: dev, to: [prod]});
    expect(report.exitCode).to.equal(0);
    await expectPromoted(dev, image.digest, prod);
  });

  it('serves the second destination on a registry from the first: uploaded once, mounted once', async () => {
    const {dev, image} = await world();
    const first = await sites.destination();
    const second = besides(first, 'prod-us', 'tenant/payments/other');
    const {destination} = await promoteForTest({from: dev, to: [first, second]});
    expect(destination('prod-eu').blobs).to.include({copied: 7, mounted: 0});
    expect(destination('prod-us').blobs).to.include({copied: 0, mounted: 7});
    for (const site of [first, second]) await expectPromoted(dev, image.digest, site);
    expect(dev.registry.log.requests({method: 'GET', path: /\/blobs\//})).to.have.length(7);
  });

  it('decides for each destination: there, mountable, or streamed, from one read of the source', async () => {
    const {dev, prod, image} = await world();
    const [there, far] = [await sites.destination('there'), await sites.destination('far')];
    await pushImage(there.registry, repositoryOf(there), 'same-layers', {layers: 6});
    await storeOf(there).deleteTag('same-layers');
    await storeOf(there).deleteManifest(image.digest);
    const {destination} = await promoteForTest({from: dev, to: [there, prod, far]});
    expect(destination('there').blobs).to.include({existing: 7, mounted: 0, copied: 0});
    expect(destination('prod-eu').blobs).to.include({existing: 0, mounted: 7, copied: 0});
    expect(destination('far').blobs).to.include({existing: 0, mounted: 0, copied: 7});
    expect(there.registry.log.requests({method: 'POST'})).to.deep.equal([]);
    expect(dev.registry.log.requests({method: 'GET', path: /\/blobs\//})).to.have.length(7);
  });

  describe('where the tag is new', () => {
    const blobQuestion = {method: 'HEAD', path: /\/blobs\//} as const;

    /** A destination that holds the image's blobs under another tag. */
    async function withTheBlobs(options?: {mounts: boolean}) {
      const dev = await sites.source(options);
      const prod = besides(dev, 'prod-eu');
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 6});
      await pushImage(dev.registry, repositoryOf(prod), 'before', {layers: 6});
      await storeOf(prod).deleteTag('before');
      await storeOf(prod).deleteManifest(image.digest);
      dev.registry.log.clear();
      return {dev, prod, image};
    }

    it('is one request for each blob: none is asked for before', async () => {
      const {dev, prod, image} = await world();
      await promoteForTest({from: dev, to: [prod]});
      await expectPromoted(dev, image.digest, prod);
      expect(dev.registry.log.requests(blobQuestion)).to.deep.equal([]);
      expect(dev.registry.log.requests({method: 'POST'})).to.have.length(7);
    });

    it('is what a dry run foresees by asking: it writes nothing', async () => {
      const {dev, prod} = await withTheBlobs();
      const {destination} = await promoteForTest({from: dev, to: [prod], dryRun: true});
      expect(destination('prod-eu').blobs).to.include({existing: 7, mounted: 0, copied: 0});
      expect(dev.registry.log.requests({method: 'POST'})).to.deep.equal([]);
    });

    it('is preceded by a question where the registry opened an upload instead: what is there stays', async () => {
      const {dev, prod, image} = await withTheBlobs({mounts: false});
      const {destination} = await promoteForTest({from: dev, to: [prod]});
      expect(destination('prod-eu').blobs).to.include({existing: 7, mounted: 0, copied: 0});
      expect(destination('prod-eu').bytes.existing).to.equal(destination('prod-eu').bytes.total);
      expect(dev.registry.log.requests({method: 'POST'})).to.have.length(1);
      expect(dev.registry.log.requests(blobQuestion)).to.have.length(7);
      await expectPromoted(dev, image.digest, prod);
      await invariants([dev.registry]);
    });

    it('is preceded by a question where it was refused: what is there stays', async () => {
      const {dev, prod, image} = await withTheBlobs();
      dev.registry.faults.add({...mountRequest, action: {status: 403}});
      const {destination} = await promoteForTest({from: dev, to: [prod]});
      expect(destination('prod-eu').blobs).to.include({existing: 7, mounted: 0, copied: 0});
      expect(dev.registry.log.requests({method: 'POST'})).to.have.length(1);
      await expectPromoted(dev, image.digest, prod);
    });

    it('ends the destination where the registry then fails to tell what is there', async () => {
      const {dev, prod} = await withTheBlobs({mounts: false});
      dev.registry.faults.add({path: /\/blobs\/sha256/, action: {status: 500}});
      const {report, destination} = await promoteForTest({from: dev, to: [prod], retries: {attempts: 2}});
      expect(report.exitCode).to.equal(1);
      expect(destination('prod-eu').status).to.equal('failed');
      expect(await tagOf(prod)).to.equal(undefined);
      await dev.registry.log.idle();
      await invariants([dev.registry]);
    });
  });

  it('is not needed within one repository: another tag is one more write', async () => {
    const {dev, image} = await world();
    const same = {...dev, name: 'same'};
    await storeOf(dev).tag('2.0.0', image.digest);
    await storeOf(dev).deleteTag('1.0.0');
    await promoteForTest({from: dev, to: [same], images: [`app:1.0.0@${image.digest}`]});
    expect(await tagOf(dev)).to.equal(image.digest);
    const writes = dev.registry.log.requests().filter(({method}) => method !== 'HEAD' && method !== 'GET');
    expect(writes.map(({method}) => method)).to.deep.equal(['PUT']);
  });

  it('copes with the same blob in several images and several tags: one write for each repository', async () => {
    const {dev} = await world();
    const eu = await sites.destination();
    const images = ['app:1', 'app:2', 'app:3', 'worker:1', 'worker:2'];
    for (const image of images) {
      const [name, tag] = image.split(':');
      const options = {platforms: ['linux/amd64'], layers: 4, annotations: {image}};
      await pushIndex(dev.registry, `${dev.path}/${name!}`, tag, options);
    }
    // the first image that wants it has bad luck
    eu.registry.faults.add({method: 'PUT', path: /\/blobs\/uploads\//, times: 1, action: {status: 500}});
    const {report} = await promoteForTest({from: dev, to: [eu], images, concurrency: 1});
    expect(report.exitCode).to.equal(0);
    const written = eu.registry.log.requests({path: /(?:PUT|mount|digest)=?/, status: 201});
    const uploads = written.filter(({url}) => url.includes('/blobs/uploads/'));
    // five blobs in two repositories, and what was refused once
    expect(uploads).to.have.length(10);
    await invariants([dev.registry, eu.registry]);
  });
});
