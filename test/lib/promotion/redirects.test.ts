import {expect} from 'chai';
import {listen} from '../../../src/lib/registry/listener.ts';
import {empty} from '../../../src/lib/registry/exchange.ts';
import {invariants, pushImage, redirectBlobs, startObjectStore} from '../../support/registry.ts';
import {selfSigned} from '../../support/certificate.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, tagOf, type TestSite} from '../../support/sites.ts';

const secret = 'password-of-redirects';

describe('a source that sends its readers elsewhere', () => {
  const sites = sitesOfTest();

  async function world() {
    const auth = {kind: 'bearer', users: [{name: 'robot', password: secret}]} as const;
    const dev: TestSite = {
      ...(await sites.source({auth})),
      credential: {kind: 'basic', username: 'robot', password: secret},
    };
    const eu = await sites.destination();
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 3});
    return {dev, eu, image};
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`is followed to an object store by ${status}, without the registry's credentials`, async () => {
      const {dev, eu, image} = await world();
      const store = sites.closing(await startObjectStore(dev.registry));
      dev.registry.faults.add(redirectBlobs(store, status));
      const {report, trace} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(0);
      await expectPromoted(dev, image.digest, eu);
      // the signature arrives as it was given
      for (const {url} of store.log.requests()) expect(url).to.match(/\?X-Signature=a%2Fb%2Bc%3D$/);
      expect(store.log.requests()).to.have.length(4);
      await invariants([dev.registry, eu.registry], {
        foreign: [store],
        secrets: [secret],
        outputs: trace,
      });
      await invariants([], {secrets: ['a%2Fb%2Bc', 'a/b+c'], outputs: trace});
    });
  }

  it('and back again: the credentials go to the registry alone', async () => {
    const {dev, eu, image} = await world();
    const detour = sites.closing(
      await listen(({path}) => Promise.resolve(empty(307, {location: `${dev.registry.url}${path}?back`}))),
    );
    dev.registry.faults.add({
      method: 'GET',
      path: /\/blobs\/sha256:[0-9a-f]+$/,
      action: {intercept: ({path}) => Promise.resolve(empty(307, {location: `${detour.url}${path}`}))},
    });
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
    await invariants([], {foreign: [detour], secrets: [secret]});
  });

  it('in circles is given up after ten hops', async () => {
    const {dev, eu} = await world();
    dev.registry.faults.add({
      method: 'GET',
      path: /\/blobs\//,
      action: {intercept: ({path, query}) => Promise.resolve(empty(307, {location: `${path}?${query}x`}))},
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include('redirects');
    expect(dev.registry.log.requests({method: 'GET', path: /\/blobs\//}).length).to.be.lessThan(60);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('from https to http is not followed: nothing is asked for in the clear', async () => {
    const tls = selfSigned();
    const auth = {kind: 'basic', users: [{name: 'robot', password: secret}]} as const;
    const dev: TestSite = {
      ...(await sites.source({auth, tls})),
      credential: {kind: 'basic', username: 'robot', password: secret},
    };
    const eu = await sites.destination();
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const store = sites.closing(await startObjectStore(dev.registry));
    const redirect = dev.registry.faults.add(redirectBlobs(store));
    const first = await promoteForTest({from: dev, to: [eu], ca: [tls.cert]});
    expect(first.report.exitCode).to.equal(1);
    expect(first.destination('prod-eu').error).to.include({code: 'refused-redirect'});
    expect(first.destination('prod-eu').error?.message).to.include('https would become http');
    expect(store.log.requests()).to.deep.equal([]);
    expect(await tagOf(eu)).to.equal(undefined);
    await invariants([eu.registry]);
    redirect.remove();
    const second = await promoteForTest({from: dev, to: [eu], ca: [tls.cert]});
    expect(second.report.exitCode).to.equal(0);
  });

  for (const location of ['file:///etc/passwd', 'ftp://example.com/x', 'javascript:x', 'http://', '']) {
    it(`is not followed to ${JSON.stringify(location)}`, async () => {
      const {dev, eu} = await world();
      dev.registry.faults.add({
        method: 'GET',
        path: /\/blobs\/sha256:[0-9a-f]+$/,
        action: {status: 307, headers: {location}},
      });
      const {report} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 1}});
      expect(report.exitCode).to.equal(1);
      expect(await tagOf(eu)).to.equal(undefined);
    });
  }

  it('asks a store for content by GET alone: what a HEAD was sent to is not used for it', async () => {
    const {dev, eu, image} = await world();
    const store = sites.closing(await startObjectStore(dev.registry));
    for (const {registry} of [dev, eu]) registry.faults.add({...redirectBlobs(store), method: 'HEAD'});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
    expect(store.log.requests({method: 'GET'})).to.deep.equal([]);
  });
});
