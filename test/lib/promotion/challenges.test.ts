import {expect} from 'chai';
import type {Credential} from '../../../src/lib/distribution/credential.ts';
import type {AuthOptions} from '../../../src/lib/registry/auth.ts';
import {changeJson, challengeWith, invariants, pushImage, type Fault} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest, tagOf, type TestSite} from '../../support/sites.ts';

const secret = 'password-of-challenges';
const robot: Credential = {kind: 'basic', username: 'robot', password: secret};

describe('a registry that asks for a login', () => {
  const sites = sitesOfTest();

  /** A source that needs no login, and a destination that does. */
  async function world(auth: Partial<AuthOptions> = {}, credential = robot) {
    const dev = await sites.source();
    const users = [{name: 'robot', password: secret}];
    const options = {auth: {kind: 'bearer', users, ...auth} as AuthOptions};
    const eu: TestSite = {...(await sites.destination('prod-eu', options)), credential};
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    return {dev, eu, image, tokens: () => eu.registry.log.requests({path: /^\/token/})};
  }

  const words: Record<string, (realm: string) => string[]> = {
    'in a line for each scheme': (realm) => ['Negotiate', 'Basic realm="x"', `Bearer realm="${realm}"`],
    'for all schemes in one line': (realm) => [
      `Negotiate, Basic realm="x", Bearer realm="${realm}",service="s",scope="repository:a:pull,push"`,
    ],
    'in capitals': (realm) => [`BEARER Realm="${realm}",SERVICE="s"`],
    'with odd spaces': (realm) => [
      `Bearer realm = "${realm}"   ,service=r , scope  ="repository:a:pull,push"  `,
    ],
    'with quotes within quotes': (realm) => [String.raw`Bearer service="a \"b\", c",realm="${realm}"`],
    'with nothing in some places': (realm) => [`Bearer empty="",realm="${realm}",service=`],
    'with a quote that does not end, after all that matters': (realm) => [
      `Bearer realm="${realm}",service="s`,
    ],
  };
  for (const [how, lines] of Object.entries(words)) {
    it(`${how} gets it`, async () => {
      const {dev, eu, image, tokens} = await world();
      eu.registry.faults.add(challengeWith(...lines(`${eu.registry.url}/token`)));
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(0);
      await expectPromoted(dev, image.digest, eu);
      expect(tokens()).not.to.deep.equal([]);
    });
  }

  for (const line of ['Bearer realm="https://auth.example.com', 'Bearer', 'Bearer realm=""']) {
    it(`by ${line} is told to be malformed`, async () => {
      const {dev, eu} = await world();
      eu.registry.faults.add(challengeWith(line));
      const {report, destination} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(5);
      expect(destination('prod-eu').error?.message).to.match(/challenge is malformed/);
    });
  }

  it('may say how at its base only', async () => {
    const {dev, eu, image} = await world();
    eu.registry.faults.add({
      match: ({path}) => path !== '/v2/',
      action: {headers: {'www-authenticate': undefined}},
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    await expectPromoted(dev, image.digest, eu);
  });

  for (const status of [200, 404]) {
    it(`may answer ${status} at its base all the same`, async () => {
      const {dev, eu, image} = await world();
      eu.registry.faults.add({path: /^\/v2\/$/, action: {status}});
      await promoteForTest({from: dev, to: [eu]});
      await expectPromoted(dev, image.digest, eu);
    });
  }

  it('does not get a token for more than the request needs, whatever scopes it names', async () => {
    const {dev, eu, tokens} = await world();
    const more = [`repository:${repositoryOf(eu)}:pull,push,delete`, 'repository:other/secret:pull'];
    eu.registry.faults.add({
      method: 'POST',
      match: ({path}) => path !== '/token',
      action: {
        status: 401,
        headers: {
          'www-authenticate': `Bearer realm="${eu.registry.url}/token",service="s",error="insufficient_scope",scope="${more.join(' ')}"`,
        },
      },
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(false);
    const asked = tokens().flatMap(({url}) => new URLSearchParams(url.split('?')[1]).getAll('scope'));
    expect(asked).to.not.be.empty;
    expect(asked.filter((scope) => /other\/secret|catalog/.test(scope))).to.deep.equal([]);
  });

  it('and refuses every token for ever is given up soon, and the hint is the right to push', async () => {
    const {dev, eu} = await world();
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 30, layerSize: 100});
    eu.registry.faults.add({
      method: 'POST',
      path: /\/blobs\/uploads\//,
      action: {
        status: 401,
        headers: {'www-authenticate': `Bearer realm="${eu.registry.url}/token",service="s"`},
      },
    });
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(false);
    // of four blobs side by side each is tried twice, with a new token and another one
    expect(eu.registry.log.requests({method: 'POST', path: /uploads/}).length).to.be.at.most(16);
    expect(eu.registry.log.requests({path: /^\/token/}).length).to.be.at.most(17);
    expect(destination('prod-eu').error?.suggestions.join()).to.match(/may .*write/);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  const services: Record<string, [parameters: string, expected: RegExp]> = {
    'at a path of its own': ['realm="/token",service="s"', /^\/token\?service=s&/],
    'at a URL with a query': ['realm="/token?tenant=a%2Fb",service="s"', /^\/token\?tenant=a%2Fb&service=s&/],
    'under a name with spaces': [
      'realm="/token",service="Docker registry"',
      /service=Docker(?:\+|%20)registry/,
    ],
    'without a name': ['realm="/token"', /^\/token\?.*scope=/],
  };
  for (const [how, [parameters, expected]] of Object.entries(services)) {
    it(`may have its token service ${how}`, async () => {
      const {dev, eu, image, tokens} = await world();
      eu.registry.faults.add(challengeWith(`Bearer ${parameters}`));
      await promoteForTest({from: dev, to: [eu]});
      await expectPromoted(dev, image.digest, eu);
      for (const {url} of tokens()) expect(url).to.match(expected);
    });
  }

  for (const status of [404, 405]) {
    it(`with a token service that answers POST with ${status} gets tokens for an identity token by GET`, async () => {
      const identityToken = 'refresh-of-challenges';
      const users = [{name: '<token>', password: identityToken}];
      const credential: Credential = {kind: 'identity-token', token: identityToken};
      const {dev, eu, image} = await world({users, ownOrigin: true}, credential);
      eu.registry.tokenFaults.add({method: 'POST', action: {status}});
      const {trace} = await promoteForTest({from: dev, to: [eu]});
      await expectPromoted(dev, image.digest, eu);
      const own = Buffer.from(`<token>:${identityToken}`).toString('base64');
      for (const {url, rawHeaders} of eu.registry.log.requests())
        expect(`${url} ${rawHeaders.join()}`).not.to.include(identityToken).and.not.to.include(own);
      await invariants([], {secrets: [identityToken], outputs: trace});
    });
  }

  it('of a token that is to live for a second is not asked for one with each request', async () => {
    const {dev, eu, image, tokens} = await world();
    eu.registry.faults.add(changeJson(/^\/token/, (answer) => ({...answer, expires_in: 1})));
    const started = performance.now();
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
    expect(tokens().length).to.be.at.most(2 + (performance.now() - started) / 500);
  });
});

describe('a source that asks for a login', () => {
  const sites = sitesOfTest();
  const users = [{name: 'robot', password: secret}];

  it('and is public gives its images to whoever has none', async () => {
    const anonymous = [{prefix: 'tenant', actions: ['pull'] as const}];
    const dev = await sites.source({auth: {kind: 'bearer', users, anonymous}});
    const eu = await sites.destination();
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
    for (const {headers} of dev.registry.log.requests({path: /^\/token/}))
      expect(headers).not.to.include.keys('authorization');
  });

  for (const kind of ['basic', 'bearer'] as const) {
    it(`is not asked without one when the one there is has ended (${kind}), public or not`, async () => {
      const anonymous = [{prefix: 'tenant', actions: ['pull'] as const}];
      const dev: TestSite = {
        ...(await sites.source({auth: {kind, users, ...(kind === 'bearer' && {anonymous})}})),
        credential: {kind: 'basic', username: 'robot', password: 'canary-ended'},
      };
      const eu = await sites.destination();
      await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      const {report, trace} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(5);
      expect(report.error?.message).to.include(dev.registry.host).and.include("the test's login for dev");
      await invariants([], {secrets: ['canary-ended'], outputs: [...trace, JSON.stringify(report)]});
    });
  }
});

describe('a refusal without a word', () => {
  const sites = sitesOfTest();

  const refusals: Record<string, Fault> = {
    'of the tag, which has no body to tell why': {
      method: 'HEAD',
      path: /\/manifests\//,
      action: {status: 403},
    },
    'of an upload': {method: 'POST', action: {status: 403}},
  };
  for (const [what, fault] of Object.entries(refusals)) {
    it(`${what}, names the repository, the status and whose login it was`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      eu.registry.faults.add(fault);
      const {destination} = await promoteForTest({from: dev, to: [eu]});
      expect(destination('prod-eu').error?.message)
        .to.include(`${eu.registry.host}/${repositoryOf(eu)}`)
        .and.include('403')
        .and.include("the test's login for prod-eu");
    });
  }
});
