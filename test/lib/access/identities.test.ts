import {expect} from 'chai';
import type {Credential} from '../../../src/lib/distribution/credential.ts';
import type {RegistryOptions} from '../../../src/lib/registry/server.ts';
import {invariants, pushImage, pushIndex, type Fault} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {
  besides,
  expectPromoted,
  repositoryOf,
  sitesOfTest,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

const login = (username: string): Credential => ({kind: 'basic', username, password: `canary-${username}`});
const all = ['pull', 'push'] as const;
const decoded = (header: unknown) => Buffer.from(String(header).replace('Basic ', ''), 'base64').toString();

describe('environments that share a registry and have an identity each', () => {
  const sites = sitesOfTest();

  /** Everybody may do everything below the own path, and nothing elsewhere. */
  async function world(kind: 'basic' | 'bearer', options: RegistryOptions = {}) {
    const users = ['dev', 'eu', 'us'].map((name) => ({
      name,
      password: `canary-${name}`,
      permissions: [{prefix: name, actions: all}],
    }));
    const auth = {kind, users} as const;
    const shared = await sites.source({...options, auth});
    const site = (name: string): TestSite => ({
      ...besides(shared, name, `${name}/prod`),
      credential: login(name),
    });
    const [dev, eu, us] = [site('dev'), site('eu'), site('us')];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    return {dev, eu, us, image};
  }

  const requestsTo = ({registry}: TestSite, path: RegExp) => registry.log.requests({path});

  for (const mounts of [true, 'refuse'] as const) {
    it(`are served by streaming when none may read the other's (mounts ${mounts === true ? 'fall back' : 'are refused'})`, async () => {
      const {dev, eu, us, image} = await world('basic', {mounts});
      const {report, trace} = await promoteForTest({from: dev, to: [eu, us]});
      expect(report.exitCode).to.equal(0);
      for (const site of [eu, us]) await expectPromoted(dev, image.digest, site);
      for (const {name} of [dev, eu, us]) {
        const sent = requestsTo(dev, new RegExp(`^/v2/${name}/`))
          .map(({headers}) => headers.authorization)
          .filter((header) => header !== undefined);
        const own = `Basic ${Buffer.from(`${name}:canary-${name}`).toString('base64')}`;
        expect(new Set(sent), name).to.deep.equal(new Set([own]));
      }
      const secrets = ['canary-dev', 'canary-eu', 'canary-us'];
      await invariants([dev.registry], {secrets, outputs: [...trace, JSON.stringify(report)]});
    });

    it(`get tokens of their own (mounts ${mounts === true ? 'fall back' : 'are refused'})`, async () => {
      const {dev, eu, us, image} = await world('bearer', {mounts});
      const {report} = await promoteForTest({from: dev, to: [eu, us]});
      expect(report.exitCode).to.equal(0);
      for (const site of [eu, us]) await expectPromoted(dev, image.digest, site);
      const tokens = requestsTo(dev, /^\/token/);
      for (const {url, headers} of tokens) {
        const who = /account=(\w+)/.exec(url)?.[1];
        expect(url).to.include(`scope=repository%3A${who}%2F`);
        expect(decoded(headers.authorization)).to.equal(`${who}:canary-${who}`);
      }
      // one for each identity, and at most one more for its mounts and their fallback
      expect(tokens.length).to.be.lessThan(12);
      await invariants([dev.registry]);
    });
  }

  it('mount where the destination may read the source: the own scope is asked for first', async () => {
    const users = [
      {name: 'dev', password: 'canary-dev'},
      {
        name: 'eu',
        password: 'canary-eu',
        permissions: [
          {prefix: 'eu', actions: all},
          {prefix: 'dev', actions: ['pull'] as const},
        ],
      },
    ];
    const shared = await sites.source({auth: {kind: 'bearer', users}, mounts: 'refuse'});
    const dev: TestSite = {...besides(shared, 'dev', 'dev/prod'), credential: login('dev')};
    const eu: TestSite = {...besides(shared, 'eu', 'eu/prod'), credential: login('eu')};
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('eu').blobs).to.include({mounted: 4, copied: 0});
    const [both] = requestsTo(dev, /^\/token.*scope=.*scope=/);
    expect(both!.url).to.match(
      /scope=repository%3Aeu%2Fprod%2Fapp%3Apull%2Cpush&scope=repository%3Adev%2Fprod%2Fapp%3Apull/,
    );
  });

  for (const [what, fault] of Object.entries({
    'a token for both repositories is refused (400)': {
      path: /^\/token.*scope=.*scope=/,
      action: {status: 400},
    },
    'a token for both repositories is refused (403)': {
      path: /^\/token.*scope=.*scope=/,
      action: {status: 403},
    },
    'every token is refused for a mount': {
      method: 'POST',
      path: /[?&]mount=/,
      action: {
        status: 401,
        headers: {
          'www-authenticate':
            'Bearer realm="/token",service="corectl",error="insufficient_scope",scope="repository:dev/prod/app:pull"',
        },
      },
    },
  } satisfies Record<string, Fault>)) {
    it(`are served by streaming when ${what}, which is found out once`, async () => {
      const {dev, eu, us, image} = await world('bearer');
      const refusal = dev.registry.faults.add(fault);
      const {report} = await promoteForTest({from: dev, to: [eu, us]});
      expect(report.exitCode).to.equal(0);
      for (const site of [eu, us]) await expectPromoted(dev, image.digest, site);
      // from the source to each of the two and from one to the other, with a token and with a new one
      expect(refusal.hits).to.be.within(3, 6);
      await invariants([dev.registry]);
    });
  }

  it('are told which of them is refused', async () => {
    const {dev, eu, us} = await world('bearer');
    const wrong: TestSite = {...us, credential: {kind: 'basic', username: 'us', password: 'wrong'}};
    const {report, destination} = await promoteForTest({from: dev, to: [eu, wrong]});
    expect(report.exitCode).to.equal(5);
    expect(destination('us').error?.message).to.include('us').and.include("the test's login for us");
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('may be able to read only: the error says so after two requests, and hints at the permission', async () => {
    const users = [
      {name: 'eu', password: 'canary-eu', permissions: [{prefix: 'tenant', actions: ['pull'] as const}]},
    ];
    const dev = await sites.source();
    const eu: TestSite = {
      ...(await sites.destination('eu', {auth: {kind: 'bearer', users}})),
      credential: login('eu'),
    };
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(false);
    const error = destination('eu').error!;
    expect(error.message).to.match(/40[13]/);
    expect(error.suggestions.join()).to.include('may');
    expect(eu.registry.log.requests({method: 'POST', path: /uploads/}).length).to.be.at.most(10);
  });
});

describe('tokens', () => {
  const sites = sitesOfTest();
  const users = [{name: 'eu', password: 'canary-eu', refreshToken: 'refresh-of-identities'}];

  async function world(auth: Record<string, unknown> = {}, layers = 40) {
    const dev = await sites.source();
    const options = {auth: {kind: 'bearer', users, ...auth} as const};
    const eu: TestSite = {...(await sites.destination('eu', options)), credential: login('eu')};
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers, layerSize: 1000});
    return {dev, eu, image};
  }

  const tokenRequests = ({registry}: TestSite) => registry.log.requests({path: /^\/token/});

  it('are fetched once for a hundred blobs', async () => {
    const {dev, eu, image} = await world({}, 100);
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, image.digest, eu);
    expect(tokenRequests(eu)).to.have.length(1);
  });

  it('that are revoked in the middle of the copy are replaced, and nothing is lost', async () => {
    const {dev, eu, image} = await world();
    for (const skip of [3, 30]) {
      eu.registry.faults.add({
        method: 'PUT',
        path: /\/blobs\/uploads\//,
        skip,
        times: 1,
        action: {
          intercept: (exchange, next) => {
            eu.registry.tokens!.revoke();
            return next(exchange);
          },
        },
      });
    }
    const {report} = await promoteForTest({from: dev, to: [eu], concurrency: 8});
    expect(report.exitCode).to.equal(0);
    await expectPromoted(dev, image.digest, eu);
    expect(tokenRequests(eu).length).to.be.within(3, 12);
    // no 401 has more than one token fetched
    const refused = eu.registry.log.requests({status: 401, path: /^\/v2\//});
    expect(tokenRequests(eu).length).to.be.at.most(refused.length);
    await invariants([dev.registry, eu.registry]);
  });

  it('that end while dozens of requests are waiting are renewed once, and no one waits for ever', async () => {
    let now = Date.now();
    const dev = await sites.source();
    const options = {auth: {kind: 'bearer', users, expiresIn: 300} as const, clock: () => now};
    const eu: TestSite = {...(await sites.destination('eu', options)), credential: login('eu')};
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 100, layerSize: 1000});
    eu.registry.faults.add({
      method: 'HEAD',
      path: /\/manifests\//,
      times: 1,
      action: {
        intercept: async (exchange, next) => {
          const answer = await next(exchange);
          if (answer.status === 404) now += 301_000;
          return answer;
        },
      },
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(tokenRequests(eu).length).to.be.lessThan(6);
  });

  it('and passwords that end in the middle of the copy are asked for anew, once for all blobs', async () => {
    const current = {password: 'canary-first'};
    const ending = [
      {
        name: 'eu',
        get password() {
          return current.password;
        },
      },
    ];
    let known = current.password;
    let renewals = 0;
    const dev = await sites.source();
    const eu: TestSite = {
      ...(await sites.destination('eu', {auth: {kind: 'basic', users: ending}})),
      credential: (renew) => {
        if (renew && known !== current.password) renewals += 1;
        if (renew) known = current.password;
        return {kind: 'basic', username: 'eu', password: known};
      },
    };
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 30, layerSize: 1000});
    eu.registry.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads\//,
      skip: 5,
      times: 1,
      action: {
        intercept: (exchange, next) => {
          current.password = 'canary-second';
          return next(exchange);
        },
      },
    });
    const {report, trace} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    await expectPromoted(dev, image.digest, eu);
    expect(renewals).to.equal(1);
    await invariants([dev.registry, eu.registry], {
      secrets: ['canary-first', 'canary-second'],
      outputs: [...trace, JSON.stringify(report)],
    });
  });

  const answers: Record<string, object> = {
    'as access_token alone': {token: undefined},
    'without a lifetime': {expires_in: undefined},
    'with its lifetime in quotes': {expires_in: '3600'},
    'issued an hour ago': {issued_at: new Date(Date.now() - 3_600_000).toISOString()},
    'issued in an hour': {issued_at: new Date(Date.now() + 3_600_000).toISOString()},
    'with nonsense for a lifetime': {expires_in: 'soon'},
  };
  for (const [how, fields] of Object.entries(answers)) {
    it(`given ${how} are used, and not fetched for each blob`, async () => {
      const {dev, eu, image} = await world();
      eu.registry.faults.add({
        path: /^\/token/,
        action: {
          intercept: async (exchange, next) => {
            const answer = await next(exchange);
            const document = JSON.parse((answer.body as Buffer).toString()) as object;
            const body = Buffer.from(JSON.stringify({...document, ...fields}));
            return {...answer, headers: {...answer.headers, 'content-length': String(body.length)}, body};
          },
        },
      });
      await promoteForTest({from: dev, to: [eu]});
      await expectPromoted(dev, image.digest, eu);
      expect(tokenRequests(eu).length).to.be.lessThan(4);
    });
  }

  it('are asked for with the identity token at the token service only, never at the registry', async () => {
    const {dev, eu, image} = await world({ownOrigin: true});
    const site: TestSite = {...eu, credential: {kind: 'identity-token', token: 'refresh-of-identities'}};
    const {trace} = await promoteForTest({from: dev, to: [site]});
    await expectPromoted(dev, image.digest, eu);
    for (const {rawHeaders, url} of eu.registry.log.requests()) {
      expect(`${url} ${rawHeaders.join()}`).not.to.include('refresh-of-identities');
    }
    await invariants([], {secrets: ['refresh-of-identities'], outputs: trace});
  });

  for (const action of [{status: 429}, {status: 503}, {reset: true}] as const) {
    it(`are asked for again after ${JSON.stringify(action)}`, async () => {
      const {dev, eu, image} = await world();
      eu.registry.faults.add({path: /^\/token/, times: 2, action});
      await promoteForTest({from: dev, to: [eu]});
      await expectPromoted(dev, image.digest, eu);
    });
  }

  const bodies: Record<string, string> = {
    'a web page': '<html>canary-body</html>',
    'no token': '{"canary-body":1}',
    'a token with a line break': '{"token":"canary-body\\r\\nX: y"}',
    'too much': `{"token":"${'canary-body'.repeat(200_000)}"}`,
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`that come as ${what} are an error without what was answered`, async () => {
      const {dev, eu} = await world();
      eu.registry.faults.add({path: /^\/token/, action: {status: 200, body}});
      const {report, trace} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
      expect(report.exitCode).to.equal(5);
      expect(JSON.stringify([report, trace])).not.to.include('canary-body');
    });
  }

  it('that are refused are an error without what was answered', async () => {
    const {dev, eu} = await world();
    const headers = {'content-type': 'text/plain'};
    eu.registry.faults.add({path: /^\/token/, action: {status: 401, headers, body: 'no: canary-body'}});
    const {report, trace} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(5);
    expect(JSON.stringify([report, trace])).not.to.include('canary-body');
  });
});
