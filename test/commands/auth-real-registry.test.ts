import {expect} from 'chai';
import {cloudHome, type CloudHome} from '../support/clouds.ts';
import {account, names, projectOf, toProd, type Name} from '../support/google-clouds.ts';
import {digestAt, pushOneLayer} from '../support/real-image.ts';
import {describeWithRealRegistry, startRealRegistry, type RealRegistry} from '../support/real-registry.ts';
import {basic} from '../support/registry-client.ts';
import {startTokenService, type TokenService} from '../support/token-service.ts';

// each token with its bcrypt, at a cost of 4: Node cannot make one
const logins: Readonly<Record<Name, readonly [string, string]>> = {
  dev: ['token-dev', '$2b$04$abcdefghijklmnopqrstuuZQk15bbQNEuK24L5K72Sdy0jLT4zedC'],
  'prod-eu': ['token-eu', '$2b$04$abcdefghijklmnopqrstuuiRaSnJHhr2uqRvAryXTLwNMNEeqGnyC'],
  'prod-us': ['token-us', '$2b$04$abcdefghijklmnopqrstuubufA2UL5uYZoJxVW6l3EBJBHV/BCUH.'],
};

describeWithRealRegistry('promoting between registries that take one token each', () => {
  let registries: Record<Name, RealRegistry>;
  let tokens: TokenService;
  let home: CloudHome | undefined;
  before(async () => {
    const started = await Promise.all(
      names.map(async (name) => {
        const registry = await startRealRegistry({htpasswd: [`oauth2accesstoken:${logins[name][1]}`]});
        return [name, registry] as const;
      }),
    );
    registries = Object.fromEntries(started) as typeof registries;
    const fixed = Object.fromEntries(names.map((name) => [account(name), logins[name][0]]));
    tokens = await startTokenService({google: names.map(projectOf), fixed});
  });
  after(() => Promise.all([...Object.values(registries).map((registry) => registry.stop()), tokens.close()]));
  afterEach(() => home?.remove());

  const repositoryAt = (name: Name, stage: string) =>
    `${registries[name].origin}/v2/tenant/payments/${stage}/app`;
  const loginOf = (name: Name) => basic('oauth2accesstoken', logins[name][0]);

  it('shows each the right one, by federation alone', async () => {
    const digest = await pushOneLayer(repositoryAt('dev', 'extended-test'), '1.0.0', loginOf('dev'));
    home = await cloudHome(
      names.map((name) => {
        const {projectId, projectNumber} = projectOf(name);
        return {
          name,
          platform: `{vendor: gcp, projectId: ${projectId}, projectNumber: "${projectNumber}", region: europe-west2}`,
          registry: `${registries[name].host}/tenant/{tenant}/{stage}`,
        };
      }),
    );
    const job = {...tokens.github, ...tokens.overrides};
    const check = await home.run(['auth', 'check', '-t', 'payments'], job);
    expect(check.code, check.stderr).to.equal(0);
    const result = await home.run(toProd, job);
    expect(result.code, result.stderr).to.equal(0);
    for (const name of ['prod-eu', 'prod-us'] as const)
      expect(await digestAt(repositoryAt(name, 'prod'), '1.0.0', loginOf(name)), name).to.equal(digest);
    for (const [token] of Object.values(logins)) expect(result.stdout + result.stderr).to.not.contain(token);
  });
});
