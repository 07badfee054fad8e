import {expect} from 'chai';
import {cloudHome, mintedUsers, type CloudHome} from '../support/clouds.ts';
import {toProd} from '../support/google-clouds.ts';
import {pushImage, registriesOfTest, tagged} from '../support/registry.ts';
import {acrExchange} from '../support/token-service-azure.ts';
import {arnOf} from '../support/token-service-aws.ts';
import {startTokenService, type TokenServiceOptions} from '../support/token-service.ts';

const everything = [{prefix: '', actions: ['pull', 'push'] as const}];

describe('environments of AWS', () => {
  const registries = registriesOfTest();
  const homes: CloudHome[] = [];
  afterEach(() => {
    for (const home of homes.splice(0)) home.remove();
  });

  const account = (accountId: string, repositories: string[] = []) => ({
    accountId,
    role: 'p2p-payments',
    repositories: new Set(repositories),
  });

  /** ECR refuses what does not exist, whoever asks; here the registry itself does. */
  const start = async (
    options: Pick<TokenServiceOptions, 'repository'> & {provider?: boolean; existing?: string[]} = {},
  ) => {
    const {provider = true, existing = [], repository} = options;
    const accounts = [account('111111111111'), {...account('222222222222', existing), provider}] as const;
    const tokens = registries.closing(
      await startTokenService({aws: accounts, ...(repository !== undefined && {repository})}),
    );
    const users = mintedUsers(tokens.mint, {'111111111111': everything, '222222222222': everything}, 'AWS');
    const auth = {kind: 'basic', users} as const;
    const [dev, prod] = [await registries.start({auth}), await registries.start({auth})];
    prod.faults.add({
      match: ({path, method}) =>
        method !== 'HEAD' &&
        !accounts[1].repositories.has(/^\/v2\/(.+?)\/(?:blobs|manifests)\//.exec(path)?.[1] ?? ''),
      action: {
        status: 404,
        body: '{"errors":[{"code":"NAME_UNKNOWN","message":"The repository does not exist"}]}',
      },
    });
    const image = await pushImage(dev, 'tenant/payments/extended-test/app', '1.0.0', {layers: 2});
    const home = await cloudHome([
      {
        name: 'dev',
        platform: '{vendor: aws, accountId: "111111111111", region: eu-west-2}',
        registry: `${dev.host}/tenant/{tenant}/{stage}`,
      },
      {
        name: 'prod',
        platform: '{vendor: aws, accountId: "222222222222", region: eu-west-1}',
        registry: `${prod.host}/tenant/{tenant}/{stage}`,
      },
    ]);
    homes.push(home);
    const promoted = () => tagged(prod, 'tenant/payments/prod/app', '1.0.0');
    return {tokens, dev, prod, image, home, promoted, accounts, job: {...tokens.github, ...tokens.overrides}};
  };

  it('are promoted to as the role that the id-token may assume', async () => {
    const {home, job, promoted, image, tokens} = await start({existing: ['tenant/payments/prod/app']});
    const result = await home.run(toProd, job);
    expect(result.code, result.stderr).to.equal(0);
    expect(await promoted()).to.equal(image.digest);
    for (const {token} of tokens.mint.all()) expect(result.stdout + result.stderr).to.not.contain(token);
    expect(tokens.mint.logins('222222222222')).to.equal(1);
  });

  it('lack a repository: that is an error, with nothing written', async () => {
    const {home, job, prod} = await start();
    const result = await home.run(toProd, job);
    expect(result.code, result.stderr).to.equal(5);
    expect(result.stdout).to.contain('"code": "repository-missing"').and.contain('--create-repositories');
    expect(prod.log.requests({method: 'PUT'})).to.deep.equal([]);
  });

  it('get it with --create-repositories, with immutable tags and scan on push, and not in a dry run', async () => {
    const {home, job, promoted, image, accounts} = await start();
    const dry = await home.run([...toProd, '--create-repositories', '--dry-run'], job);
    expect(dry.code, dry.stderr).to.equal(0);
    expect(accounts[1].repositories.size).to.equal(0);
    const result = await home.run([...toProd, '--create-repositories'], job);
    expect(result.code, result.stderr).to.equal(0);
    expect([...accounts[1].repositories]).to.deep.equal(['tenant/payments/prod/app']);
    expect(await promoted()).to.equal(image.digest);
  });

  it('are told by auth check with role and expiry', async () => {
    const {home, job, accounts} = await start({existing: ['tenant/payments/prod/app']});
    const args = ['auth', 'check', '-t', 'payments', '--stage', 'prod', '--image', 'app', '--json'];
    const {code, stdout, stderr} = await home.run(args, job);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain(arnOf(accounts[1])).and.contain('AssumeRoleWithWebIdentity');
  });

  for (const [title, code, options] of [
    ['whose role trusts another repository', 'role-refused', {repository: 'acme/other'}],
    ['that know no provider for id-tokens', 'provider-missing', {provider: false}],
  ] as const) {
    it(`${title}: ${code}`, async () => {
      const {home, job} = await start(options);
      const result = await home.run([...toProd], job);
      expect(result.code).to.equal(5);
      expect(result.stdout).to.contain(`"code": "${code}"`);
    });
  }
});

describe('environments of Azure', () => {
  const registries = registriesOfTest();
  const homes: CloudHome[] = [];
  afterEach(() => {
    for (const home of homes.splice(0)) home.remove();
  });

  const start = async (application: {repository?: string; seconds?: number; expiresIn?: number} = {}) => {
    const {seconds = 3600, expiresIn = 60, ...rest} = application;
    const azure = [{tenantId: 'tenant-1', clientId: 'client-1', ...rest}];
    const tokens = registries.closing(await startTokenService({azure}));
    const users = mintedUsers(tokens.mint, {'client-1': everything});
    const registry = await registries.start({auth: {kind: 'bearer', users, expiresIn}});
    registry.faults.add({action: {intercept: acrExchange(tokens.mint, seconds)}});
    const image = await pushImage(registry, 'dev/payments/extended-test/app', '1.0.0', {layers: 2});
    const home = await cloudHome(
      ['dev', 'prod'].map((name) => ({
        name,
        platform: `{vendor: azure, containerRegistry: ${name}registry}`,
        registry: `${registry.host}/${name}/{tenant}/{stage}`,
      })),
    );
    homes.push(home);
    const job = {
      ...tokens.github,
      ...tokens.overrides,
      AZURE_CLIENT_ID: 'client-1',
      AZURE_TENANT_ID: 'tenant-1',
    };
    return {
      tokens,
      registry,
      image,
      home,
      job,
      promoted: () => tagged(registry, 'prod/payments/prod/app', '1.0.0'),
    };
  };

  it('are promoted to by a federated id-token and the registry’s token exchange, once for one registry', async () => {
    const {home, job, promoted, image, tokens, registry} = await start();
    const result = await home.run(toProd, job);
    expect(result.code, result.stderr).to.equal(0);
    expect(await promoted()).to.equal(image.digest);
    expect(tokens.mint.logins()).to.equal(1);
    // a refresh token goes to the token service and nowhere else
    const [refreshToken] = tokens.mint.all().filter(({use}) => use === 'login');
    for (const {url, headers} of registry.log.requests())
      expect(`${url} ${[headers.authorization].flat().join(' ')}`).to.not.contain(refreshToken?.token);
  });

  it('are told by auth check', async () => {
    const {home, job} = await start();
    const {code, stdout, stderr} = await home.run(['auth', 'check', '-t', 'payments', '-e', 'prod'], job);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(
      /^prod +application client-1 +GitHub id-token, federated credential .* yes +yes$/m,
    );
  });

  it('whose application trusts another repository: application-refused', async () => {
    const {home, job} = await start({repository: 'acme/other'});
    const result = await home.run(toProd, job);
    expect(result.code).to.equal(5);
    expect(result.stdout).to.contain('"code": "application-refused"').and.contain('AADSTS700213');
  });
});
