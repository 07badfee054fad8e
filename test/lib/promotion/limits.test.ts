import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {OciError} from '../../../src/lib/oci-error.ts';
import {listRepository} from '../../../src/lib/distribution/listing.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {asSubject, pushArtifact, pushImage} from '../../support/registry.ts';
import {promoteApart} from '../../support/promote-apart.ts';
import {promoteForTest, sessionWith} from '../../support/promotion.ts';
import {pushBytes, repositoryOf, sitesOfTest, storeOf, tagOf, type TestSite} from '../../support/sites.ts';

const MiB = 1024 * 1024;

const [configType, layerType] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.oci.image.layer.v1.tar+gzip',
];

/** Descriptors of manifests that exist nowhere. */
const madeUp = (count: number, size: number, mediaType: string = mediaTypes.ociManifest) =>
  Array.from({length: count}, (_, i) => ({mediaType, size, digest: digestOf(Buffer.from(String(i)))}));

const indexOf = (manifests: readonly object[]): Buffer =>
  Buffer.from(JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests}));

describe('a source that has no end of it', function () {
  const sites = sitesOfTest();

  async function expectRefused(dev: TestSite, message: RegExp): Promise<void> {
    const eu = await sites.destination();
    const {report} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
    expect(report.exitCode).to.equal(5);
    expect(report.error?.message).to.match(message);
    expect(await tagOf(eu)).to.equal(undefined);
    expect(eu.registry.log.requests().every(({method}) => method === 'HEAD' || method === 'GET')).to.equal(
      true,
    );
  }

  it('is refused when the manifests of an image are too much together, before any of them is read', async () => {
    const dev = await sites.source();
    await pushBytes(dev, indexOf(madeUp(5, 15 * MiB)), mediaTypes.ociIndex);
    await expectRefused(dev, /too large: more than 67108864 bytes of manifests/);
    expect(dev.registry.log.requests({path: /\/manifests\/sha256:/})).to.deep.equal([]);
  });

  it('is refused when they are that under types of their own', async () => {
    const dev = await sites.source({maxManifestBytes: 16 * MiB});
    const entries = [];
    for (const seed of ['1', '2', '3', '4', '5']) {
      const bytes = Buffer.from(JSON.stringify({schemaVersion: 2, layers: [], x: seed.repeat(15 * MiB)}));
      const digest = digestOf(bytes);
      await storeOf(dev).putManifest(bytes, mediaTypes.ociManifest, digest);
      entries.push({mediaType: 'application/vnd.example.manifest', digest, size: bytes.length});
    }
    await pushBytes(dev, indexOf(entries), mediaTypes.ociIndex);
    await expectRefused(dev, /more than 67108864 bytes of manifests/);
  });

  it('is refused when signatures come on top of that', async () => {
    const dev = await sites.source();
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    dev.registry.faults.add({
      path: new RegExp(`/referrers/${digest}`),
      action: {
        status: 200,
        headers: {'content-type': mediaTypes.ociIndex},
        body: indexOf(madeUp(5, 15 * MiB)),
      },
    });
    await expectRefused(dev, /more than 67108864 bytes of manifests/);
  });

  it('is refused when a manifest lists a hundred thousand layers', async () => {
    const dev = await sites.source({maxManifestBytes: 16 * MiB});
    const manifest = {
      schemaVersion: 2,
      config: madeUp(1, 2, configType)[0],
      layers: madeUp(95_000, 1, layerType),
    };
    await pushBytes(dev, Buffer.from(JSON.stringify(manifest)), mediaTypes.ociManifest);
    const {report, peakMemory} = await promoteApart({from: dev, to: [await sites.destination()]}).result;
    expect(report.exitCode).to.equal(5);
    expect(report.error?.message).to.include('layers has more than 10000 entries');
    expect(peakMemory).to.be.lessThan(250);
  });

  it('is refused when its manifests list as many together', async () => {
    const dev = await sites.source({maxManifestBytes: 16 * MiB});
    const entries = [];
    for (const layer of ['1', '2', '3', '4']) {
      const layers = madeUp(9000, 1, layerType);
      const bytes = Buffer.from(
        JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.ociManifest, layer, layers}),
      );
      const digest = digestOf(bytes);
      await storeOf(dev).putManifest(bytes, mediaTypes.ociManifest, digest);
      entries.push({mediaType: mediaTypes.ociManifest, digest, size: bytes.length});
    }
    await pushBytes(dev, indexOf(entries), mediaTypes.ociIndex);
    await expectRefused(dev, /more than 30000 layers/);
  });

  it('is not read beyond what an index says of its child', async () => {
    const dev = await sites.source();
    const child = await pushImage(dev.registry, repositoryOf(dev));
    await pushBytes(dev, indexOf([asSubject(child)]), mediaTypes.ociIndex);
    dev.registry.faults.add({path: new RegExp(`/manifests/${child.digest}`), action: {extra: Infinity}});
    await expectRefused(dev, new RegExp(`more bytes where its parent says ${child.size}`));
    for (const {bytesSent} of dev.registry.log.requests({path: new RegExp(`/manifests/${child.digest}`)}))
      expect(bytesSent).to.be.lessThan(8 * MiB);
  });

  it('is refused with fifty thousand signatures, in little memory and without reading them', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    dev.registry.faults.add({
      path: new RegExp(`/referrers/${digest}`),
      action: {
        status: 200,
        headers: {'content-type': mediaTypes.ociIndex},
        body: indexOf(madeUp(50_000, 500)),
      },
    });
    const {report, peakMemory} = await promoteApart({from: dev, to: [eu]}).result;
    expect(report.exitCode).to.equal(5);
    expect(report.error?.message).to.include('more than 10000 entries');
    expect(peakMemory).to.be.lessThan(250);
    expect(dev.registry.log.requests().length).to.be.lessThan(20);
  });

  it('is refused with referrers on pages without end', async () => {
    const dev = await sites.source();
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    dev.registry.faults.add({
      path: /\/referrers\//,
      action: {
        intercept: ({path}) =>
          Promise.resolve({
            status: 200,
            headers: {
              'content-type': mediaTypes.ociIndex,
              link: `<${path}?page=again>; rel="next"`,
              'content-length': String(indexOf([]).length),
            },
            body: indexOf([]),
          }),
      },
    });
    await expectRefused(dev, /more than 100 pages/);
  });

  const endless: Record<string, RegExp> = {
    'a manifest': /\/manifests\/1\.0\.0$/,
    'the referrers': /\/referrers\//,
    'the referrers tag': /\/manifests\/sha256-[0-9a-f]{64}$/,
    'a signature': /\.sig$/,
    'a token': /^\/token/,
  };
  for (const [what, path] of Object.entries(endless)) {
    it(`is not read to the end of ${what}`, async () => {
      const credential = {kind: 'basic', username: 'robot', password: 'secret'} as const;
      const auth = {kind: 'bearer', users: [{name: 'robot', password: 'secret'}]} as const;
      const dev: TestSite = {
        ...(await sites.source({auth, referrers: what === 'the referrers'})),
        credential,
      };
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      const signature = await pushArtifact(dev.registry, repositoryOf(dev), undefined, {
        subject: asSubject(image),
      });
      const tag = referrersTag(image.digest);
      await pushBytes(dev, indexOf([asSubject(signature)]), mediaTypes.ociIndex, tag);
      await pushImage(dev.registry, repositoryOf(dev), `${tag}.sig`, {seed: 'signature'});
      const fault = dev.registry.faults.add({method: 'GET', path, action: {extra: Infinity}});
      await expectRefused(dev, /larger than \d+ bytes/);
      expect(fault.hits).to.be.greaterThan(0);
      for (const {bytesSent} of dev.registry.log.requests({method: 'GET', path}))
        // what corectl takes, and what buffers hold that a busy machine empties late
        expect(bytesSent).to.be.lessThan(128 * MiB);
    });
  }

  it('is not read to the end of a list of tags', async () => {
    const dev = await sites.source();
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    dev.registry.faults.add({path: /\/tags\/list/, action: {extra: Infinity}});
    const error = await listRepository(sessionWith(dev, 'app')).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(OciError);
    expect((error as OciError).message).to.match(/larger than \d+ bytes/);
  });
});

describe('a list of tags', () => {
  const sites = sitesOfTest();

  async function listing(
    pages: readonly unknown[],
    link: (page: number, base: string) => string | undefined,
  ) {
    const dev = await sites.source();
    await pushImage(dev.registry, repositoryOf(dev), 'ok');
    dev.registry.faults.add({
      path: /\/tags\/list/,
      action: {
        intercept: ({query, path}) => {
          const page = Number(new URLSearchParams(query).get('page') ?? '0');
          const body = Buffer.from(JSON.stringify({name: repositoryOf(dev), tags: pages[page]}));
          const next = link(page, path);
          return Promise.resolve({
            status: 200,
            headers: {'content-length': String(body.length), ...(next !== undefined && {link: next})},
            body,
          });
        },
      },
    });
    const result = await listRepository(sessionWith(dev, 'app')).catch((error: unknown) => error);
    return {result, requests: dev.registry.log.requests({path: /\/tags\/list/}).length, dev};
  }

  it('is read page by page, by links that are relative', async () => {
    const {result} = await listing([['a'], ['b'], ['c']], (page) =>
      page < 2 ? `<list?page=${page + 1}>; rel="next"` : undefined,
    );
    expect(result).to.deep.equal({tags: ['a', 'b', 'c']});
  });

  it('is not followed to another host', async () => {
    const stranger = await sites.destination('stranger');
    const {result} = await listing([['a']], (_, path) => `<${stranger.registry.url}${path}>; rel="next"`);
    expect(result).to.include({code: 'refused-redirect'});
    expect(stranger.registry.log.requests()).to.deep.equal([]);
  });

  it('that leads back to itself ends', async () => {
    const {result, requests} = await listing([['a'], ['b']], (page) => `<list?page=${1 - page}>; rel="next"`);
    expect(result).to.include({code: 'registry-error'});
    expect((result as OciError).message).to.include('again');
    expect(requests).to.be.lessThan(5);
  });

  it('loses what can be no tag', async () => {
    const tags = [null, 'sha256:0', '../../evil', '-rf', 'x'.repeat(1_000_000), 7, {}, 'ok', 'a b', ''];
    expect((await listing([tags], () => undefined)).result).to.deep.equal({tags: ['ok']});
    expect((await listing([null], () => undefined)).result).to.deep.equal({tags: []});
  });
});
