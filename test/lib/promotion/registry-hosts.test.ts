import {expect} from 'chai';
import {createServer} from 'node:net';
import type {Authorizer} from '../../../src/lib/distribution/authorizer.ts';
import {authorized} from '../../../src/lib/distribution/session.ts';
import {pushImage, pushIndex} from '../../support/registry.ts';
import {promoteForTest, sessionWith} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest} from '../../support/sites.ts';

describe('the host of a registry', () => {
  const sites = sitesOfTest();

  it('may be an IPv6 address, also where a login is needed (skipped without IPv6)', async function () {
    if (!(await hasIpv6())) this.skip();
    const auth = {kind: 'bearer', users: [{name: 'robot', password: 'canary'}]} as const;
    const credential = {kind: 'basic', username: 'robot', password: 'canary'} as const;
    const dev = {...(await sites.source({host: '::1', auth})), credential};
    const eu = {...(await sites.destination('prod-eu', {host: '::1', auth})), credential};
    expect(dev.registry.host).to.match(/^\[::1\]:\d+$/);
    const {digest} = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.images[0]!.source.reference).to.equal(`${dev.registry.host}/${repositoryOf(dev)}:1.0.0`);
    await expectPromoted(dev, digest, eu);
  });

  const origins: [host: string, url: string, same: boolean][] = [
    ['registry.example.com:443', 'https://registry.example.com/v2/app/blobs/uploads/1', true],
    ['registry.example.com', 'https://registry.example.com:443/v2/app/blobs/uploads/1', true],
    ['registry.example.com', 'https://REGISTRY.example.com/v2/app/blobs/uploads/1', true],
    ['registry.example.com', 'https://registry.example.com:8443/v2/app/blobs/uploads/1', false],
    ['registry.example.com', 'https://store.example.com/v2/app/blobs/uploads/1', false],
    ['registry.example.com', 'https://registry.example.com.evil.org/v2/', false],
    ['docker.io', 'https://registry-1.docker.io/v2/app/blobs/uploads/1', true],
  ];
  for (const [host, url, same] of origins) {
    it(`${host} ${same ? 'gets its' : 'has'} credentials${same ? '' : ' that do not go'} to ${url}`, async () => {
      const registry = {host, url: `https://${host}`};
      const session = {
        ...sessionWith({name: 'any', registry, path: 'team'}, 'app'),
        authorizer: {authorization: () => Promise.resolve('Bearer x')} as unknown as Authorizer,
      };
      const headers = await authorized(session, {headers: {accept: '*/*'}}, new URL(url));
      expect(headers).to.deep.equal({accept: '*/*', ...(same && {authorization: 'Bearer x'})});
    });
  }

  it('and the repository may be source and destination at once: then there is nothing to do', async () => {
    const dev = await sites.source();
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const {report, destination} = await promoteForTest({from: dev, to: [{...dev, name: 'same'}]});
    expect(report.exitCode).to.equal(0);
    expect(destination('same').status).to.equal('up-to-date');
    expect(report.images[0]).to.include({digest});
    expect(dev.registry.log.requests().every(({method}) => method === 'HEAD' || method === 'GET')).to.equal(
      true,
    );
  });
});

function hasIpv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(0, '::1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}
