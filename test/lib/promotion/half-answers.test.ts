import {expect} from 'chai';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {
  asSubject,
  pushArtifact,
  pushImage,
  pushManifest,
  type PushedManifest,
} from '../../support/registry.ts';
import {promoteForTest, type PromotionResult} from '../../support/promotion.ts';
import {pushBytes, repositoryOf, sitesOfTest, storeOf, tagOf, type TestSite} from '../../support/sites.ts';

const isIndex = {'content-type': mediaTypes.ociIndex};

const sign = (site: TestSite, subject: PushedManifest, seed = 'signature'): Promise<PushedManifest> =>
  pushArtifact(site.registry, repositoryOf(site), undefined, {subject: asSubject(subject), seed, layers: 1});

const entryOf = ({mediaType, digest, size}: PushedManifest) => ({mediaType, digest, size});

const indexOf = (...manifests: readonly object[]) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests,
});

const warningsOf = ({events}: PromotionResult): string =>
  events.flatMap((event) => (event.kind === 'warning' ? [event.message] : [])).join('\n');

describe('an answer that cannot be read, or that another one contradicts,', () => {
  const sites = sitesOfTest();

  /** A signed image at a source, whose registry lists the signature under a tag or by the API alone. */
  async function world(list: 'API' | 'tag', options: {referrers?: boolean} = {}) {
    const [dev, eu] = [
      await sites.source({referrers: list === 'API'}),
      await sites.destination('prod-eu', options),
    ];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const signature = await sign(dev, image);
    if (list === 'tag') await keep(dev, image, [signature]);
    return {dev, eu, image, signature};
  }

  const keep = (site: TestSite, subject: PushedManifest, referrers: readonly PushedManifest[]) =>
    pushBytes(
      site,
      Buffer.from(JSON.stringify(indexOf(...referrers.map(entryOf)))),
      mediaTypes.ociIndex,
      referrersTag(subject.digest),
    );

  async function expectStopped({report}: PromotionResult, eu: TestSite, message: string): Promise<void> {
    expect(report.exitCode).to.equal(5);
    expect(report.error?.message).to.include(message);
    expect(await tagOf(eu)).to.equal(undefined);
  }

  const unreadable = {
    'no body': '',
    'half a body': '{"schemaVersion":2,"manif',
    'a list that is no index': '[]',
    'an index without a list': '{}',
    'an index of something else': '{"manifests":{}}',
  };
  for (const [what, body] of Object.entries(unreadable)) {
    it(`is no word that nothing was signed: ${what} of the referrers API`, async () => {
      const {dev, eu} = await world('API');
      dev.registry.faults.add({path: /\/referrers\//, action: {status: 200, headers: isIndex, body}});
      await expectStopped(await promoteForTest({from: dev, to: [eu]}), eu, 'the answer is no whole index');
    });

    it(`is no word that nothing was signed: ${what} under the referrers tag`, async () => {
      const {dev, eu, image} = await world('tag');
      await pushBytes(dev, Buffer.from(body), mediaTypes.ociIndex, referrersTag(image.digest));
      await expectStopped(await promoteForTest({from: dev, to: [eu]}), eu, 'the answer is no whole index');
    });
  }

  it('is not meant where a registry writes an empty list as null', async () => {
    const {dev, eu, signature} = await world('tag');
    const body = '{"schemaVersion":2,"manifests":null}';
    dev.registry.faults.add({path: /\/referrers\//, action: {status: 200, headers: isIndex, body}});
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(await storeOf(eu).manifest(signature.digest)).not.to.equal(undefined);
  });

  it('is no end of a list: a link to the next page that leads nowhere', async () => {
    const {dev, eu} = await world('API');
    const link = '<http://[x>; rel="next"';
    dev.registry.faults.add({path: /\/referrers\//, action: {headers: {link}}});
    await expectStopped(await promoteForTest({from: dev, to: [eu]}), eu, 'leads nowhere');
  });

  for (const [what, nameOf] of Object.entries({
    "cosign's tag": (digest: string) => `${digest}.sig`,
    'a referrers tag': (digest: string) => digest,
  })) {
    it(`is no word that nothing was signed: HEAD has ${what}, and GET has not`, async () => {
      const {dev, eu, image} = await world('tag');
      const tag = nameOf(referrersTag(image.digest));
      if (tag.endsWith('.sig')) await pushImage(dev.registry, repositoryOf(dev), tag, {layers: 1});
      dev.registry.faults.add({
        method: 'GET',
        path: new RegExp(`/manifests/${tag}$`),
        action: {status: 404, headers: {'content-type': 'application/json'}, body: '{"errors":[]}'},
      });
      await expectStopped(await promoteForTest({from: dev, to: [eu]}), eu, 'HEAD says that it is sha256:');
    });
  }

  it('is told where it lists what refers to something else, which stays behind', async () => {
    const {dev, eu, image, signature} = await world('tag');
    const other = await pushImage(dev.registry, repositoryOf(dev), '2.0.0', {seed: 'other'});
    const strays = [await sign(dev, other, 'one'), await sign(dev, other, 'two')];
    await keep(dev, image, [signature, ...strays]);
    const result = await promoteForTest({from: dev, to: [eu]});
    expect(result.report.exitCode).to.equal(0);
    expect(result.destination('prod-eu').referrers).to.deep.equal({total: 1, copied: 1});
    for (const {digest} of strays)
      expect(warningsOf(result)).to.include(`${digest} is listed as a referrer of ${image.digest}`);
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').status).to.equal('up-to-date');
  });

  it('is followed to the manifest that a referrer itself names, which is another one of the image', async () => {
    const {dev, eu, image, signature} = await world('tag');
    const [later] = [await sign(dev, image, 'later')];
    await keep(dev, signature, [later]);
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').referrers).to.deep.equal({total: 2, copied: 2});
    const {destination: again} = await promoteForTest({from: dev, to: [eu]});
    expect(again('prod-eu').status).to.equal('up-to-date');
  });

  it('is found out at a destination that says to list a signature and does not', async () => {
    const {dev, eu, image} = await world('tag', {referrers: false});
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/sha256:/,
      action: {headers: {'oci-subject': image.digest}},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('does not list what was written');
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('is waited for at a destination that lists a signature only after a while', async () => {
    const {dev, eu} = await world('API');
    let isWritten = false;
    eu.registry.faults.add({
      method: 'GET',
      path: /\/referrers\//,
      match: () => isWritten,
      // of eight looks
      times: 6,
      action: {status: 200, headers: isIndex, body: JSON.stringify(indexOf())},
    });
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/sha256:/,
      action: {
        intercept: (exchange, next) => {
          isWritten = true;
          return next(exchange);
        },
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode, JSON.stringify(report.error)).to.equal(0);
    expect(destination('prod-eu').referrers).to.deep.equal({total: 1, copied: 1});
    expect(eu.registry.log.requests({path: /\/referrers\//}).length).to.be.at.least(7);
  });

  it('is not believed at a destination that lists a signature for another image, by its own word', async () => {
    const {dev, eu, image} = await world('tag', {referrers: false});
    const other = `sha256:${'0'.repeat(64)}`;
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/sha256:/,
      action: {headers: {'oci-subject': other}},
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(await tagOf(eu, referrersTag(image.digest))).not.to.equal(undefined);
  });

  it('is a failure of the destination that stores another blob than it was sent', async () => {
    const {dev, eu} = await world('API');
    const told = `sha256:${'0'.repeat(64)}`;
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads\//,
      action: {headers: {'docker-content-digest': told}},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'digest-mismatch', side: 'destination'});
    expect(destination('prod-eu').error?.message).to.include(told);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('is not taken for content by a registry that has not read it and takes every manifest', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 1, layerSize: 8_000_000});
    eu.registry.faults.add({method: 'PUT', path: /\/blobs\/uploads\//, action: {status: 201}});
    eu.registry.faults.add({method: 'PUT', path: /\/manifests\//, action: {status: 201}});
    const {report, destination} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('taken for done before its end');
  });

  for (const [what, wrong] of Object.entries({
    size: {size: 7},
    type: {mediaType: 'application/vnd.oci.image.layer.v1.tar'},
  })) {
    it(`is refused in whichever order: an index that has one digest with two ${what}s`, async () => {
      for (const isFirst of [true, false]) {
        const [dev, eu] = [await sites.source(), await sites.destination()];
        const entry = entryOf(await pushImage(dev.registry, repositoryOf(dev)));
        const entries = isFirst ? [{...entry, ...wrong}, entry] : [entry, {...entry, ...wrong}];
        await pushManifest(dev.registry, repositoryOf(dev), '1.0.0', indexOf(...entries), {
          mediaType: mediaTypes.ociIndex,
        });
        await expectStopped(await promoteForTest({from: dev, to: [eu]}), eu, `${entry.digest} is said to be`);
      }
    });
  }
});
