import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {json} from '../../../src/lib/registry/exchange.ts';
import {
  asSubject,
  immutableTags,
  pushArtifact,
  pushImage,
  pushIndex,
  pushManifest,
  type Fault,
  type FaultAction,
  type PushedManifest,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {
  expectPromoted,
  pushBytes,
  repositoryOf,
  sitesOfTest,
  storeOf,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const referrersApi = /\/referrers\//;

const entryOf = ({mediaType, digest, size}: PushedManifest) => ({mediaType, digest, size});

function indexOf(...entries: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries}));
}

/** A signature of a manifest; not known to the referrers API unless that is switched on. */
const sign = (site: TestSite, subject: PushedManifest, seed = 'signature'): Promise<PushedManifest> =>
  pushArtifact(site.registry, repositoryOf(site), undefined, {
    subject: asSubject(subject),
    artifactType: bundle,
    seed,
    layers: 1,
  });

const has = async (site: TestSite, {digest}: PushedManifest): Promise<boolean> =>
  (await storeOf(site).manifest(digest)) !== undefined;

describe('the signatures of an image are found', () => {
  const sites = sitesOfTest();

  const answers: Record<string, FaultAction> = {
    '404': {status: 404, body: '{"errors":[{"code":"NOT_FOUND"}]}'},
    '404, a web page': {status: 404, headers: {'content-type': 'text/html'}, body: '<h1>Not found</h1>'},
    '400': {status: 400},
    '401': {status: 401},
    '403': {status: 403},
    '405': {status: 405},
    '501': {status: 501},
    'a web page': {status: 200, headers: {'content-type': 'text/html'}, body: '<title>Sign in</title>'},
    'an empty list': {status: 200, headers: {'content-type': mediaTypes.ociIndex}, body: indexOf()},
    'something else that looks like a list': {
      status: 200,
      headers: {'content-type': 'application/json'},
      body: indexOf({mediaType: mediaTypes.ociManifest, digest: `sha256:${'0'.repeat(64)}`, size: 1}),
    },
  };
  for (const [answer, action] of Object.entries(answers)) {
    it(`under the referrers tag when the API answers ${answer}`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      const signature = await sign(dev, image);
      await pushBytes(dev, indexOf(entryOf(signature)), mediaTypes.ociIndex, referrersTag(image.digest));
      dev.registry.faults.add({path: referrersApi, action});
      const {report, destination} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(0);
      expect(destination('prod-eu').referrers).to.deep.equal({total: 1, copied: 1});
      expect(await has(eu, signature)).to.equal(true);
    });
  }

  for (const status of [500, 503]) {
    it(`or the promotion fails, where the API goes on answering ${status}: none is left out in silence`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      dev.registry.faults.add({path: referrersApi, action: {status}});
      const {report} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
      expect(report.exitCode).to.equal(5);
      expect(await tagOf(eu)).to.equal(undefined);
    });
  }

  it('by API and tag together, each once', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const [one, other] = [await sign(dev, image, 'one'), await sign(dev, image, 'other')];
    await pushBytes(dev, indexOf(entryOf(one)), mediaTypes.ociIndex, referrersTag(image.digest));
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').referrers).to.deep.equal({total: 2, copied: 2});
    for (const signature of [one, other]) expect(await has(eu, signature)).to.equal(true);
  });

  it('on all pages of a list that has several', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const signatures = [
      await sign(dev, image, '1'),
      await sign(dev, image, '2'),
      await sign(dev, image, '3'),
    ];
    dev.registry.faults.add(pagesOf(signatures, ({path}, page) => `<${path}?page=${page}>; rel="next"`));
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').referrers).to.deep.equal({total: 3, copied: 3});
    for (const signature of signatures) expect(await has(eu, signature)).to.equal(true);
  });

  const ends: Record<string, FaultAction> = {
    '404': {status: 404},
    '400': {status: 400},
    'a web page': {status: 200, headers: {'content-type': 'text/html'}, body: '<title>Sign in</title>'},
  };
  for (const [answer, action] of Object.entries(ends)) {
    it(`or nothing is promoted: a list whose second page is ${answer} has not come to its end`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      const signatures = [await sign(dev, image, '1'), await sign(dev, image, '2')];
      dev.registry.faults.add({path: /\/referrers\/.*page=1/, action});
      dev.registry.faults.add(pagesOf(signatures, ({path}, page) => `<${path}?page=${page}>; rel="next"`));
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(5);
      expect(report.error?.message).to.include(`referrers of ${dev.registry.host}`);
      expect(await tagOf(eu)).to.equal(undefined);
    });
  }

  it('also by the digest of another algorithm under which the source keeps the image', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {algorithm: 'sha512'});
    expect(image.digest).to.match(/^sha512:/);
    const signature = await sign(dev, image);
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(destination('prod-eu').referrers).to.deep.equal({total: 1, copied: 1});
    expect(await has(eu, signature)).to.equal(true);
  });

  for (const part of ['itself', 'its layer']) {
    it(`or --no-referrers is named, where ${part} is listed and nobody has it`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      const listed =
        part === 'itself'
          ? await pushArtifact(dev.registry, repositoryOf(dev), undefined, {seed: 'gone'})
          : await pushIndex(dev.registry, repositoryOf(dev), undefined, {
              sparse: true,
              subject: asSubject(image),
            });
      if (part === 'itself') await storeOf(dev).deleteManifest(listed.digest);
      await pushBytes(dev, indexOf(entryOf(listed)), mediaTypes.ociIndex, referrersTag(image.digest));
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(5);
      expect(report.error?.suggestions.join()).to.include('--no-referrers');
      expect(await tagOf(eu)).to.equal(undefined);
      const {report: without} = await promoteForTest({from: dev, to: [eu], referrers: false});
      expect(without.exitCode).to.equal(0);
    });
  }

  it('and written one after another, as registries lose some of those that come at once', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    for (const seed of ['1', '2', '3', '4']) await sign(dev, image, seed);
    let [inFlight, most] = [0, 0];
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/sha256:/,
      action: {
        intercept: async (exchange, next) => {
          most = Math.max(most, (inFlight += exchange.path.includes(image.digest) ? 0 : 1));
          // others that were sent come in meanwhile
          for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          const answer = await next(exchange);
          inFlight -= exchange.path.includes(image.digest) ? 0 : 1;
          return answer;
        },
      },
    });
    await promoteForTest({from: dev, to: [eu]});
    expect(most).to.equal(1);
  });

  /** A destination that answers like one that has stored a referrer, and has not: so often for each. */
  function forgetful(eu: TestSite, image: PushedManifest, times: number): void {
    const forgotten = new Map<string, number>();
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/sha256:/,
      match: ({path}) => !path.endsWith(image.digest),
      action: {
        intercept: async (exchange, next) => {
          const answer = await next(exchange);
          const count = (forgotten.get(exchange.path) ?? 0) + 1;
          forgotten.set(exchange.path, count);
          const digest = exchange.path.slice(exchange.path.lastIndexOf('/') + 1);
          if (count <= times) await storeOf(eu).deleteManifest(digest as PushedManifest['digest']);
          return answer;
        },
      },
    });
  }

  it('and written once more where the destination then does not list them', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const signatures = [await sign(dev, image, '1'), await sign(dev, image, '2')];
    forgetful(eu, image, 1);
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    for (const signature of signatures) expect(await has(eu, signature)).to.equal(true);
  });

  it('or there is no tag, where they are not listed after that either', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    for (const seed of ['1', '2']) await sign(dev, image, seed);
    forgetful(eu, image, 2);
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('does not list');
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('at the registry alone: a list that goes on elsewhere is not followed', async () => {
    const [dev, eu, stranger] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('stranger'),
    ];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const signatures = [await sign(dev, image, '1'), await sign(dev, image, '2')];
    dev.registry.faults.add(pagesOf(signatures, ({path}) => `<${stranger.registry.url}${path}>; rel="next"`));
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.error).to.include({code: 'refused-redirect'});
    expect(stranger.registry.log.requests()).to.deep.equal([]);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('by their names: nobody has to be allowed to list tags', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    const signed = [image, ...image.children];
    const tags = signed.flatMap(({digest}) =>
      ['sig', 'att', 'sbom'].map((kind) => `${referrersTag(digest)}.${kind}`),
    );
    for (const tag of tags) await pushImage(dev.registry, repositoryOf(dev), tag, {seed: tag, layers: 1});
    const lists = [dev, eu].map(({registry}) =>
      registry.faults.add({path: /\/tags\/list/, action: {status: 403}}),
    );
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(tags).to.have.length(9);
    for (const tag of tags) expect(await tagOf(eu, tag), tag).to.equal(await tagOf(dev, tag));
    for (const {hits} of lists) expect(hits).to.equal(0);
  });

  it('without a GET for what is not there: registries that count pulls count those', async () => {
    const [dev, eu, us, asia] = [
      await sites.source(),
      await sites.destination('prod-eu'),
      await sites.destination('prod-us'),
      await sites.destination('prod-asia'),
    ];
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x'];
    await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {platforms});
    await promoteForTest({from: dev, to: [eu, us, asia]});
    // the index and its four children, for all destinations
    expect(dev.registry.log.requests({method: 'GET', path: /\/manifests\//})).to.have.length(5);
  });

  it('in whichever way Notation writes them', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const notation = 'application/vnd.cncf.notary.signature';
    const modern = await pushArtifact(dev.registry, repositoryOf(dev), undefined, {
      subject: asSubject(image),
      artifactType: notation,
      layers: 1,
    });
    const {document, blobs} = modern;
    const older = await pushManifest(
      dev.registry,
      repositoryOf(dev),
      undefined,
      {...document, artifactType: undefined, config: {...(document.config as object), mediaType: notation}},
      {mediaType: mediaTypes.ociManifest, blobs},
    );
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').referrers).to.deep.equal({total: 2, copied: 2});
    for (const signature of [modern, older]) {
      expect((await storeOf(eu).manifest(signature.digest))?.bytes.equals(signature.bytes)).to.equal(true);
    }
  });

  const hex = 'a'.repeat(64);
  for (const [what, entry] of Object.entries({
    'a digest that climbs out of its path': {digest: 'sha256:../../x', mediaType: mediaTypes.ociManifest},
    'a header behind its digest': {digest: `sha256:${hex}\r\nX: y`, mediaType: mediaTypes.ociManifest},
    'a header behind its media type': {digest: `sha256:${hex}`, mediaType: 'a/b\r\nX-Evil: 1'},
  })) {
    it(`but not by an entry with ${what}: nothing is asked for by that`, async () => {
      for (const place of ['API', 'tag']) {
        const [dev, eu] = [await sites.source({referrers: false}), await sites.destination()];
        const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
        const body = indexOf({...entry, size: 1});
        if (place === 'tag') await pushBytes(dev, body, mediaTypes.ociIndex, referrersTag(image.digest));
        else
          dev.registry.faults.add({
            path: referrersApi,
            action: {status: 200, headers: {'content-type': mediaTypes.ociIndex}, body},
          });
        const {report} = await promoteForTest({from: dev, to: [eu]});
        expect(report.error, place).to.include({code: 'invalid-descriptor'});
        for (const {url} of dev.registry.log.requests()) expect(url).not.to.match(/\.\.|%0d|a{64}/i);
        expect(await tagOf(eu)).to.equal(undefined);
      }
    });
  }

  it('unless the referrers tag is an image of its own: then nothing refers to the other one', async () => {
    const [dev, eu] = [await sites.source({referrers: false}), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    await storeOf(dev).tag(referrersTag(image.digest), image.digest);
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(destination('prod-eu').referrers).to.deep.equal({total: 0, copied: 0});
    expect(await storeOf(eu).tags()).to.deep.equal(['1.0.0']);
  });

  it('once where a list has them refer to each other in a circle', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const [one, other] = [await sign(dev, image, 'one'), await sign(dev, image, 'other')];
    const list = (subject: PushedManifest, ...entries: readonly PushedManifest[]) =>
      dev.registry.faults.add({
        path: new RegExp(`/referrers/${subject.digest}`),
        action: {
          status: 200,
          headers: {'content-type': mediaTypes.ociIndex},
          body: indexOf(...entries.map(entryOf)),
        },
      });
    list(image, one);
    list(one, other);
    list(other, one, image);
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(destination('prod-eu').referrers.total).to.equal(2);
    await expectPromoted(dev, image.digest, eu);
  });

  it('up to eight levels of attachments of attachments', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    let last = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    for (let level = 1; level <= 9; level += 1) last = await sign(dev, last, String(level));
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.error?.message).to.include('more than 8 levels');
    expect(eu.registry.log.requests().every(({method}) => method === 'HEAD' || method === 'GET')).to.equal(
      true,
    );
  });
});

describe('the referrers tag at a destination without the API', () => {
  const sites = sitesOfTest();

  async function signedImage() {
    const [dev, eu] = [await sites.source(), await sites.destination('prod-eu', {referrers: false})];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const signatures = [await sign(dev, image, 'A'), await sign(dev, image, 'B')];
    return {dev, eu, image, signatures, tag: referrersTag(image.digest)};
  }

  async function listed(site: TestSite, tag: string): Promise<string[]> {
    const manifest = await storeOf(site).manifest(tag);
    const {manifests} = JSON.parse(manifest!.bytes.toString()) as {manifests: {digest: string}[]};
    return manifests.map(({digest}) => digest);
  }

  it('keeps what others add to it while it is written', async () => {
    const {dev, eu, image, signatures, tag} = await signedImage();
    const theirs = await sign(eu, image, 'theirs');
    await storeOf(eu).deleteManifest(theirs.digest);
    await storeOf(eu).putManifest(theirs.bytes, theirs.mediaType, theirs.digest);
    // their index comes right after ours, and knows nothing of it
    eu.registry.faults.add({
      method: 'PUT',
      path: new RegExp(`/manifests/${tag}$`),
      times: 1,
      action: {
        intercept: async (exchange, next) => {
          const answer = await next(exchange);
          await pushBytes(eu, indexOf(entryOf(theirs)), mediaTypes.ociIndex, tag);
          return answer;
        },
      },
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(await listed(eu, tag)).to.have.members([theirs, ...signatures].map(({digest}) => digest));
  });

  it('is written once for all signatures of an image, as it may not be changed any more then', async () => {
    const {dev, eu, signatures, tag} = await signedImage();
    eu.registry.faults.add(immutableTags(eu.registry));
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(await listed(eu, tag)).to.have.members(signatures.map(({digest}) => digest));
    expect(eu.registry.log.requests({method: 'PUT', path: new RegExp(tag)})).to.have.length(1);
  });

  it('that somebody always writes over fails the promotion, without a tag', async () => {
    const {dev, eu, tag} = await signedImage();
    eu.registry.faults.add({
      method: 'PUT',
      path: new RegExp(`/manifests/${tag}$`),
      action: {
        intercept: async (exchange, next) => {
          const answer = await next(exchange);
          await pushBytes(eu, indexOf(), mediaTypes.ociIndex, tag);
          return answer;
        },
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'tag-changed'});
    expect(destination('prod-eu').error?.message).to.include(tag);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('has the entries of two promotions of different images that run at the same time', async () => {
    const {dev, eu, image, signatures, tag} = await signedImage();
    const other = await pushImage(dev.registry, repositoryOf(dev), '2.0.0', {seed: 'other'});
    const ofOther = await sign(dev, other, 'of other');
    const [first, second] = await Promise.all([
      promoteForTest({from: dev, to: [eu]}),
      promoteForTest({from: dev, to: [eu], images: ['app:2.0.0']}),
    ]);
    expect([first.report.exitCode, second.report.exitCode]).to.deep.equal([0, 0]);
    expect(await listed(eu, tag)).to.have.members(signatures.map(({digest}) => digest));
    expect(await listed(eu, referrersTag(other.digest))).to.deep.equal([ofOther.digest]);
    await expectPromoted(dev, image.digest, eu);
  });

  it('that may not be changed any more fails the promotion, without a tag', async () => {
    const {dev, eu, image, tag} = await signedImage();
    const known = await sign(eu, image, 'known');
    await pushBytes(eu, indexOf(entryOf(known)), mediaTypes.ociIndex, tag);
    eu.registry.faults.add({
      method: 'PUT',
      path: new RegExp(`/manifests/${tag}$`),
      action: {status: 400, body: '{"errors":[{"code":"TAG_INVALID","message":"the tag is immutable"}]}'},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include(tag).and.include('immutable');
    expect(await tagOf(eu)).to.equal(undefined);
    expect(await listed(eu, tag)).to.deep.equal([known.digest]);
  });
});

/** Lists signatures on a page each. */
function pagesOf(
  signatures: readonly PushedManifest[],
  link: (exchange: {path: string}, page: number) => string,
): Fault {
  return {
    path: new RegExp(`/referrers/${(signatures[0]!.document.subject as {digest: string}).digest}`),
    action: {
      intercept: (exchange) => {
        const page = Number(new URLSearchParams(exchange.query).get('page') ?? '0');
        const answer = json(200, JSON.parse(indexOf(entryOf(signatures[page]!)).toString()));
        const more = page + 1 < signatures.length;
        return Promise.resolve({
          ...answer,
          headers: {
            ...answer.headers,
            'content-type': mediaTypes.ociIndex,
            ...(more && {link: link(exchange, page + 1)}),
          },
        });
      },
    },
  };
}
