import {setTimeout as wait} from 'node:timers/promises';
import {expect} from 'chai';
import {freshness} from '../../../src/lib/copy/commit-tag.ts';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {readBody} from '../../../src/lib/registry/body.ts';
import {listen} from '../../../src/lib/registry/listener.ts';
import {
  htmlEverywhere,
  invariants,
  pushImage,
  pushIndex,
  reserialiseManifests,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, storeOf, tagOf} from '../../support/sites.ts';

describe('the tag at a destination', () => {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    return {dev, eu, us, image};
  }

  it('is the same everywhere when the source moves it meanwhile: it is asked for once', async () => {
    const {dev, eu, us, image} = await world();
    const later = await pushImage(dev.registry, repositoryOf(dev), undefined, {seed: 'later'});
    dev.registry.faults.add({
      path: /\/manifests\/1\.0\.0$/,
      when: 'after',
      action: {
        intercept: async (exchange, next) => {
          const answer = await next(exchange);
          await storeOf(dev).tag('1.0.0', later.digest);
          return answer;
        },
      },
    });
    const {report} = await promoteForTest({from: dev, to: [eu, us]});
    expect(report.images[0]).to.include({digest: image.digest});
    for (const site of [eu, us]) await expectPromoted({...dev}, image.digest, site);
    expect(dev.registry.log.requests({path: /\/manifests\/1\.0\.0/})).to.have.length(1);
  });

  it('that is immutable and right already is left alone: no write at all', async () => {
    const {dev, eu, image} = await world();
    await promoteForTest({from: dev, to: [eu]});
    eu.registry.log.clear();
    eu.registry.faults.add({
      method: 'PUT',
      action: {status: 412, body: '{"errors":[{"code":"PRECONDITION"}]}'},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(destination('prod-eu').status).to.equal('up-to-date');
    expect(await tagOf(eu)).to.equal(image.digest);
    expect(eu.registry.log.requests().every(({method}) => method === 'HEAD' || method === 'GET')).to.equal(
      true,
    );
  });

  it('that holds another image is a conflict told with both digests, before anything is uploaded', async () => {
    const {dev, eu, us, image} = await world();
    const old = await pushImage(eu.registry, repositoryOf(eu), '1.0.0', {seed: 'old'});
    const {report, destination} = await promoteForTest({from: dev, to: [eu, us]});
    expect(report.exitCode).to.equal(4);
    const {status, error, existingDigest} = destination('prod-eu');
    expect({status, existingDigest}).to.deep.equal({status: 'conflict', existingDigest: old.digest});
    expect(error?.message).to.include(old.digest).and.include(image.digest);
    expect(destination('prod-us').status).to.equal('skipped');
    for (const {registry} of [eu, us]) {
      expect(registry.log.requests().every(({method}) => method === 'HEAD' || method === 'GET')).to.equal(
        true,
      );
    }
  });

  it('moves with --overwrite, and the report tells what it was', async () => {
    const {dev, eu, image} = await world();
    const old = await pushImage(eu.registry, repositoryOf(eu), '1.0.0', {seed: 'old'});
    const {destination} = await promoteForTest({from: dev, to: [eu], overwrite: true});
    expect(destination('prod-eu')).to.include({status: 'promoted', existingDigest: old.digest});
    await expectPromoted(dev, image.digest, eu);
  });

  it('that someone else sets during the copy is not overwritten', async () => {
    const {dev, eu} = await world();
    const theirs = await pushImage(eu.registry, repositoryOf(eu), undefined, {seed: 'theirs'});
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads\//,
      times: 1,
      action: {
        intercept: async (exchange, next) => {
          await storeOf(eu).tag('1.0.0', theirs.digest);
          return next(exchange);
        },
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'tag-changed'});
    expect(destination('prod-eu').error?.message).to.include(theirs.digest);
    expect(await tagOf(eu)).to.equal(theirs.digest);
  });

  it('that someone else sets while manifests are slowly written is not overwritten', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {layers: 1});
    const theirs = await pushImage(eu.registry, repositoryOf(eu), undefined, {seed: 'theirs'});
    const question = {method: 'HEAD', path: /\/manifests\/1\.0\.0/} as const;
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/sha256/,
      times: 1,
      action: {
        intercept: async (exchange, next) => {
          // the tag is looked at meanwhile, and that look grows old
          while (eu.registry.log.requests(question).length < 2) await wait(5);
          await storeOf(eu).tag('1.0.0', theirs.digest);
          await wait(freshness);
          return next(exchange);
        },
      },
    });
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').error).to.include({code: 'tag-changed'});
    expect(await tagOf(eu)).to.equal(theirs.digest);
  });

  it('is looked at while the manifests below are written, and read back: two requests beside its own', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {layers: 1});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
    const asked = eu.registry.log.requests({path: /\/manifests\/1\.0\.0/}).map(({method}) => method);
    // the first one is the preflight's
    expect(asked).to.deep.equal(['HEAD', 'HEAD', 'PUT', 'HEAD']);
  });

  it('that someone else moves right after it was written is told of', async () => {
    const {dev, eu, image} = await world();
    const theirs = await pushImage(eu.registry, repositoryOf(eu), undefined, {seed: 'theirs'});
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/1\.0\.0/,
      action: {
        intercept: async (exchange, next) => {
          const answer = await next(exchange);
          await storeOf(eu).tag('1.0.0', theirs.digest);
          return answer;
        },
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include(theirs.digest).and.include(image.digest);
  });

  it('of another case is another tag', async () => {
    const {dev, eu} = await world();
    const upper = await pushImage(dev.registry, repositoryOf(dev), 'RC', {seed: 'RC'});
    const lower = await pushImage(dev.registry, repositoryOf(dev), 'rc', {seed: 'rc'});
    await promoteForTest({from: dev, to: [eu], images: ['app:RC', 'app:rc']});
    expect([await tagOf(eu, 'RC'), await tagOf(eu, 'rc')]).to.deep.equal([upper.digest, lower.digest]);
  });

  it('is the name of the digest that was asked for when an image is named by both, wherever the source tag is now', async () => {
    const {dev, eu, image} = await world();
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {seed: 'newer'});
    await promoteForTest({from: dev, to: [eu], images: [`app:1.0.0@${image.digest}`]});
    await expectPromoted(dev, image.digest, eu);
    expect(dev.registry.log.requests({path: /\/manifests\/1\.0\.0/})).to.deep.equal([]);
  });

  it('is not there for an image that is named by its digest alone', async () => {
    const {dev, eu, image} = await world();
    const {report} = await promoteForTest({from: dev, to: [eu], images: [`app@${image.digest}`]});
    expect(report.ok).to.equal(true);
    expect(await storeOf(eu).tags()).to.deep.equal([]);
    expect((await storeOf(eu).manifest(image.digest))?.bytes.equals(image.bytes)).to.equal(true);
  });

  it('may show a moment after it was written', async () => {
    const {dev, eu, image} = await world();
    eu.registry.faults.add({
      method: 'HEAD',
      path: /\/manifests\/1\.0\.0/,
      skip: 2,
      times: 2,
      action: {status: 404},
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(true);
    await expectPromoted(dev, image.digest, eu);
  });

  it('may be written later than the registry says, by 202', async () => {
    const {dev, eu, image} = await world();
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/1\.0\.0/,
      action: {
        intercept: async (exchange, next) => {
          await next(exchange);
          return {status: 202, headers: {'content-length': '0'}};
        },
      },
    });
    eu.registry.faults.add({
      method: 'HEAD',
      path: /\/manifests\/1\.0\.0/,
      skip: 2,
      times: 1,
      action: {status: 404},
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(true);
    await expectPromoted(dev, image.digest, eu);
  });

  for (const status of [400, 405, 500]) {
    it(`is read by GET where a registry answers ${status} to HEAD for manifests`, async () => {
      const {dev, eu, image} = await world();
      for (const {registry} of [dev, eu]) {
        registry.faults.add({method: 'HEAD', path: /\/manifests\//, action: {status}});
      }
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.ok).to.equal(true);
      await expectPromoted(dev, image.digest, eu);
      const again = await promoteForTest({from: dev, to: [eu]});
      expect(again.destination('prod-eu').status).to.equal('up-to-date');
    });
  }

  it('is never asked for with conditions, which a cache could answer', async () => {
    const {dev, eu} = await world();
    for (const {registry} of [dev, eu])
      registry.faults.add({action: {headers: {etag: '"1"', 'last-modified': new Date(0).toUTCString()}}});
    for (let run = 0; run < 2; run += 1) await promoteForTest({from: dev, to: [eu]});
    for (const {headers} of [dev, eu].flatMap(({registry}) => registry.log.requests()))
      expect(headers).not.to.have.any.keys('if-none-match', 'if-modified-since', 'if-match', 'if-range');
  });

  it('is read by GET where the answer to HEAD tells no digest', async () => {
    const {dev, eu, image} = await world();
    for (const {registry} of [dev, eu]) {
      registry.faults.add({
        path: /\/manifests\//,
        action: {headers: {'docker-content-digest': undefined}},
      });
    }
    expect((await promoteForTest({from: dev, to: [eu]})).report.ok).to.equal(true);
    await expectPromoted(dev, image.digest, eu);
  });
});

describe('a promotion is believed when it is read back only:', () => {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    return {dev, eu, image};
  }

  it('a web server that answers 200 to everything is no registry', async () => {
    const {dev, eu} = await world();
    eu.registry.faults.add(htmlEverywhere);
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(false);
    expect(destination('prod-eu').status).to.equal('failed');
    expect(destination('prod-eu').error?.message).not.to.include('<');
  });

  it('neither is one that denies everything it was not given and then takes it all', async () => {
    const {dev} = await world();
    const server = sites.closing(
      await listen(async ({method, body, path}) => {
        await readBody(body, Infinity);
        const status = {HEAD: 404, GET: 404, POST: 202, PUT: 201}[method] ?? 200;
        return {status, headers: {'content-length': '0', ...(method === 'POST' && {location: `${path}1`})}};
      }),
    );
    const to = {name: 'prod-eu', registry: server, path: 'tenant/payments/prod'};
    const {report, destination} = await promoteForTest({from: dev, to: [to]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('read back').and.include('not there');
  });

  it('a registry that writes manifests anew is found out, with both digests', async () => {
    const {dev, eu, image} = await world();
    eu.registry.faults.add(reserialiseManifests);
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'digest-mismatch'});
    expect(destination('prod-eu').error?.message).to.include(image.digest);
  });

  it('a registry that reports another digest for what it took is found out', async () => {
    const {dev, eu, image} = await world();
    const other = digestOf(Buffer.from('converted'));
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\//,
      action: {headers: {'docker-content-digest': other}},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include(image.digest).and.include(other);
  });

  it('a registry that forgets what it took is found out', async () => {
    const {dev, eu} = await world();
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/manifests\/1\.0\.0/,
      action: {status: 202},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('not there');
  });
});

describe('a registry that claims to have what it has not', () => {
  const sites = sitesOfTest();

  it('gets it after all, once it says what it misses', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    const [child] = index.children;
    eu.registry.faults.add({method: 'HEAD', path: new RegExp(`${child!.digest}$`), action: {status: 200}});
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(true);
    await expectPromoted(dev, index.digest, eu);
    await invariants([dev.registry, eu.registry]);
  });

  it('gets the layers, too', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    for (const {digest, size} of image.blobs) {
      eu.registry.faults.add({
        method: 'HEAD',
        path: new RegExp(`/blobs/${digest}$`),
        action: {status: 200, headers: {'content-length': String(size)}},
      });
    }
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(true);
    await expectPromoted(dev, image.digest, eu);
  });

  it('and goes on missing it is given up after a second try, without a tag', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    const body = '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"never seen"}]}';
    eu.registry.faults.add({
      method: 'PUT',
      match: ({headers}) => headers['content-type'] === mediaTypes.ociIndex,
      action: {status: 404, body},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('never seen');
    expect(await tagOf(eu)).to.equal(undefined);
    for (const {digest} of index.children) expect(destination('prod-eu').error?.message).to.include(digest);
    const puts = eu.registry.log.requests({method: 'PUT', path: new RegExp('/manifests/1.0.0')});
    expect(puts).to.have.length(2);
    expect(index.children).to.have.length(2);
  });
});
