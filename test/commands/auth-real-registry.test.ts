import {expect} from 'chai';
import {digestOf} from '../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {cloudHome, type CloudHome} from '../support/clouds.ts';
import {account, names, projectOf, toProd, type Name} from '../support/google-clouds.ts';
import {describeWithRealRegistry, startRealRegistry, type RealRegistry} from '../support/real-registry.ts';
import {basic, send, upload} from '../support/registry-client.ts';
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

  /** An image of one layer, as its owner. */
  async function push(): Promise<string> {
    const repository = `${registries.dev.origin}/v2/tenant/payments/extended-test/app`;
    const headers = basic('oauth2accesstoken', logins.dev[0]);
    const [config, layer] = [Buffer.from('{}'), Buffer.from('layer')];
    for (const content of [config, layer])
      expect((await upload(repository, content, headers)).status).to.equal(201);
    const describe = (mediaType: string, content: Buffer) => ({
      mediaType,
      digest: digestOf(content),
      size: content.length,
    });
    const mediaType = mediaTypes.ociManifest;
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: describe('application/vnd.oci.image.config.v1+json', config),
        layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
      }),
    );
    const put = {method: 'PUT', headers: {...headers, 'content-type': mediaType}, body: manifest};
    expect((await send(`${repository}/manifests/1.0.0`, put)).status).to.equal(201);
    return digestOf(manifest);
  }

  const digestAt = async (name: Name): Promise<unknown> => {
    const headers = {...basic('oauth2accesstoken', logins[name][0]), accept: mediaTypes.ociManifest};
    const url = `${registries[name].origin}/v2/tenant/payments/prod/app/manifests/1.0.0`;
    return (await send(url, {method: 'HEAD', headers})).headers['docker-content-digest'];
  };

  it('shows each the right one, by federation alone', async () => {
    const digest = await push();
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
    expect(await digestAt('prod-eu')).to.equal(digest);
    expect(await digestAt('prod-us')).to.equal(digest);
    for (const [token] of Object.values(logins)) expect(result.stdout + result.stderr).to.not.contain(token);
  });
});
