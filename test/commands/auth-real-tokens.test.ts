import {expect} from 'chai';
import type {Action, User} from '../../src/lib/registry/access.ts';
import type {CliResult} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {digestAt, pushOneLayer} from '../support/real-image.ts';
import {
  describeWithRealRegistry,
  startRealRegistry,
  type RealRegistry,
  type RealRegistryOptions,
} from '../support/real-registry.ts';
import {pushImage, registriesOfTest} from '../support/registry.ts';
import {startRegistryTokens, type RegistryTokens} from '../support/token-service-registry.ts';

type Name = 'dev' | 'eu' | 'us';
const names = ['dev', 'eu', 'us'] as const;
const stages = {'extended-test': ['dev'], prod: ['eu', 'us']};
const promote = ['p2p', 'promote', 'app:1.0.0', '-t', 'payments', '--from-stage', 'extended-test', '--json'];

interface Destination {
  environment: string;
  status: string;
  blobs: {mounted: number; copied: number};
  error: {code: string; suggestions: string[]} | null;
}
const destinationsIn = ({stdout}: CliResult): Destination[] =>
  (JSON.parse(stdout) as {images: {destinations: Destination[]}[]}).images[0]!.destinations;

/** May do so in the repositories below one's name, and no more than read in those below others. */
const user = (name: Name, actions: readonly Action[], reads: readonly Name[] = []): User => ({
  name,
  password: `canary-${name}`,
  permissions: [{prefix: name, actions}, ...reads.map((prefix) => ({prefix, actions: ['pull'] as const}))],
});

describeWithRealRegistry('promoting to registries whose token service signs tokens', function () {
  const builtIn = registriesOfTest();
  const open: {stop: () => Promise<unknown>}[] = [];
  let home: PromotionHome | undefined;
  afterEach(async () => {
    await Promise.all(open.splice(0).map(({stop}) => stop()));
    home?.remove();
  });

  async function startReal(options: RealRegistryOptions): Promise<RealRegistry> {
    const registry = await startRealRegistry(options);
    open.push(registry);
    return registry;
  }

  async function startTokens(options: Parameters<typeof startRegistryTokens>[0]): Promise<RegistryTokens> {
    return builtIn.closing(await startRegistryTokens(options));
  }

  /** A registry for each environment or, with `shared`, one for all of them; `app:1.0.0` is in dev. */
  async function world(users: readonly User[], {shared = false} = {}) {
    const service = await startTokens({users});
    const one = shared ? await startReal({tokens: {...service, service: 'all'}}) : undefined;
    const start = async (name: Name) =>
      [name, one ?? (await startReal({tokens: {...service, service: name}}))] as const;
    const registries = Object.fromEntries(await Promise.all(names.map(start))) as Record<Name, RealRegistry>;
    const repositoryOf = (name: Name) =>
      `${name}/tenant/payments/${name === 'dev' ? 'extended-test' : 'prod'}/app`;
    const access = (name: Name, actions: readonly Action[]) => ({
      authorization: `Bearer ${service.issue(one ? 'all' : name, [{repository: repositoryOf(name), actions}])}`,
    });
    const url = (name: Name) => `${registries[name].origin}/v2/${repositoryOf(name)}`;
    const digest = await pushOneLayer(url('dev'), '1.0.0', access('dev', ['pull', 'push']));
    const prefix = (name: Name) => `${registries[name].host}/${name}`;
    const made = await promotionHome({
      registries: Object.fromEntries(names.map((name) => [name, prefix(name)])),
      stages,
      logins: Object.fromEntries(names.map((name) => [prefix(name), [name, `canary-${name}`]])),
    });
    home = made;
    return {
      service,
      registries,
      digest,
      run: (args: readonly string[]) => made.corectl(args),
      promoted: (name: Name) => digestAt(url(name), '1.0.0', access(name, ['pull'])),
    };
  }

  it('takes a token for each identity, and shows each registry its own', async () => {
    const {run, digest, promoted, service} = await world(names.map((name) => user(name, ['pull', 'push'])));
    const result = await run([...promote, '--verbose']);
    expect(result.code, result.stderr).to.equal(0);
    for (const name of ['eu', 'us'] as const) expect(await promoted(name), name).to.equal(digest);
    expect(new Set(service.tokens.map((one) => one.user))).to.deep.equal(new Set(['the test', ...names]));
    const printed = result.stdout + result.stderr;
    for (const secret of [...service.tokens.map(({token}) => token), 'canary'])
      expect(printed).to.not.contain(secret);
  });

  it('stops before anything is written where one token comes without the right to push', async () => {
    const {run, promoted, registries} = await world([
      user('dev', ['pull']),
      user('eu', ['pull', 'push']),
      user('us', ['pull']),
    ]);
    const result = await run(promote);
    expect(result.code, result.stderr).to.equal(5);
    const [, us] = destinationsIn(result);
    expect(us?.error).to.include({code: 'push-refused'});
    expect(await promoted('eu')).to.equal(undefined);
    const written = (await registries.eu.requests()).filter(({method}) => method === 'PUT');
    expect(written).to.deep.equal([]);
    const check = await run(['auth', 'check', '-t', 'payments', '--json']);
    expect(check.code).to.equal(5);
    expect(check.stdout).to.contain('"code": "push-refused"');
  });

  it('leaves out that one with --keep-going', async () => {
    const {run, promoted, digest} = await world([
      user('dev', ['pull']),
      user('eu', ['pull', 'push']),
      user('us', ['pull']),
    ]);
    const result = await run([...promote, '--keep-going']);
    expect(result.code, result.stderr).to.equal(1);
    expect(await promoted('eu')).to.equal(digest);
    expect(await promoted('us')).to.equal(undefined);
  });

  it('stops where the source may not be read, or a password is wrong', async () => {
    for (const dev of [user('dev', []), {...user('dev', ['pull']), password: 'another'}]) {
      const {run} = await world([dev, user('eu', ['pull', 'push']), user('us', ['pull', 'push'])]);
      const result = await run(promote);
      expect(result.code, result.stderr).to.equal(5);
      expect(result.stderr).to.match(/source dev \(extended-test\).*401/);
      home?.remove();
    }
  });

  for (const [title, reads, blobs] of [
    ['mounts with one token for both repositories', ['dev'], {mounted: 2, copied: 0}],
    ['streams where an identity may not read the other repository', [], {mounted: 0, copied: 2}],
  ] as const) {
    it(`within one registry, ${title}`, async () => {
      const {run, promoted, digest, service} = await world(
        [user('dev', ['pull']), user('eu', ['pull', 'push'], reads), user('us', ['pull', 'push'], reads)],
        {shared: true},
      );
      const result = await run(promote);
      expect(result.code, result.stderr).to.equal(0);
      for (const {blobs: found} of destinationsIn(result)) expect(found).to.include(blobs);
      expect(await promoted('us')).to.equal(digest);
      expect(service.tokens.some(({user: who, access}) => who === 'us' && access.length === 2)).to.equal(
        true,
      );
    });
  }

  for (const [title, announced] of [
    ['that say so', 1],
    ['that are said to live for long', 300],
  ] as const) {
    it(`renews tokens of a second ${title}, in the middle of the copy`, async () => {
      const users = [user('eu', ['pull', 'push'])];
      const service = await startTokens({users, lifetime: 1, announced});
      const eu = await startReal({tokens: {...service, service: 'eu'}});
      const dev = await builtIn.start();
      const layerSize = 600_000;
      const {digest} = await pushImage(dev, 'tenant/payments/extended-test/app', '1.0.0', {
        layers: 12,
        layerSize,
      });
      // each layer takes a second to read, and 4 of this size are read at once
      dev.faults.add({
        method: 'GET',
        path: /\/blobs\//,
        action: {throttle: layerSize, side: 'response'},
      });
      home = await promotionHome({
        registries: {dev: dev.host, eu: `${eu.host}/eu`},
        stages: {'extended-test': ['dev'], prod: ['eu']},
        logins: {[eu.host]: ['eu', 'canary-eu']},
      });
      const result = await home.corectl(promote);
      expect(result.code, result.stderr).to.equal(0);
      const repository = 'eu/tenant/payments/prod/app';
      const bearer = service.issue('eu', [{repository, actions: ['pull']}]);
      const headers = {authorization: `Bearer ${bearer}`};
      expect(await digestAt(`${eu.origin}/v2/${repository}`, '1.0.0', headers)).to.equal(digest);
      expect(service.tokens.length).to.be.within(4, 20);
      const refused = (await eu.requests()).filter(
        ({status, path}) => status === 401 && path.includes('/eu/'),
      );
      if (announced > 1) expect(refused.length, 'tokens that were refused').to.be.above(1);
    });
  }
});
