// Records that are signed with a key which a key service keeps.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {reportSchema} from '../../src/lib/promotion/report.ts';
import {json} from '../../src/lib/registry/exchange.ts';
import {accessKey, keyServices, type KeyServices} from '../support/key-services.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushIndex, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';

const repository = (stage: string) => `tenant/payments/${stage}/app`;
const google = 'gcpkms://projects/p/locations/europe/keyRings/r/cryptoKeys/k';

describe('corectl p2p promote, recorded with a key of a key service', function () {
  this.timeout(120_000);
  let services: KeyServices;
  let registries: Record<'dev' | 'eu', TestRegistry>;
  let home: PromotionHome;
  let init: string;
  let folder: string;

  const open = async (keyOf: (host: string) => string, consentOf: (key: string) => readonly string[]) => {
    services = await keyServices();
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-test-'));
    registries = {dev: await startTestRegistry(), eu: await startTestRegistry()};
    const {dev, eu} = registries;
    const key = keyOf(services.host);
    const settings = `p2p:
  record: {key: "${key}"}
  trust: {pipeline: {key: keys/pipeline.pub}}
  fast-feedback: {default-envs: [dev]}
  extended-test: {default-envs: [dev]}
  prod: {default-envs: [prod-eu], require: {promoted: pipeline}}
`;
    home = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': eu.host},
      stages: {},
      files: {'corectl.yaml': settings, 'keys/pipeline.pub': services.pem},
      consent: consentOf(key),
    });
    init = (await home.corectl(['update'])).stderr;
    await pushIndex(dev, repository('fast-feedback'), '1.0.0');
  };
  afterEach(async () => {
    home.remove();
    rmSync(folder, {recursive: true});
    await Promise.all([...Object.values(registries), services].map((one) => one.close()));
  });

  const promote = async (fromStage: string, env: Record<string, string>, ...args: string[]) => {
    const {code, stdout} = await home.corectl(
      [
        ...['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments'],
        ...['--from-stage', fromStage, '--json', ...args],
      ],
      {env},
    );
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.exitCode).to.equal(code);
    const [destination] = report.images[0]?.destinations ?? [];
    return {...report, record: destination?.record?.status, failure: destination?.error ?? report.error};
  };
  const allowed = (key: string) => ['--record-key', key];
  const tagThere = () => tagged(registries.dev, repository('extended-test'), '1.0.0');
  const nobodyAsked = () => {
    expect(registries.dev.log.requests()).to.deep.equal([]);
  };

  const vault = () => ({VAULT_ADDR: services.url, VAULT_TOKEN: services.secret});
  const everywhere: Record<string, () => Record<string, string>> = {
    'hashivault://records': vault,
    [google]: () => {
      const file = path.join(folder, 'google.json');
      const login = {client_id: 'a', client_secret: 'b', refresh_token: 'c'};
      writeFileSync(
        file,
        JSON.stringify({type: 'authorized_user', ...login, token_uri: `${services.url}/google-token`}),
        {mode: 0o600},
      );
      return {
        GOOGLE_APPLICATION_CREDENTIALS: file,
        CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: `${services.url}/gcp/`,
      };
    },
    'awskms:///alias/records': () => ({
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: services.secret,
      AWS_ENDPOINT_URL_KMS: services.url,
    }),
    'azurekms://HOST/records': () => ({
      AZURE_CLIENT_ID: 'client',
      AZURE_TENANT_ID: 'tenant',
      AZURE_AUTHORITY_HOST: services.url,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${services.url}/id-token?any=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'any-token-of-a-job',
    }),
  };
  for (const [uri, credentials] of Object.entries(everywhere)) {
    it(`satisfies the next stage, and is not repeated: ${uri}`, async () => {
      await open(
        (host) => uri.replace('HOST', host),
        (key) => [...allowed(key), '--trust-host', services.host],
      );
      const first = await promote('fast-feedback', credentials());
      expect([first.exitCode, first.record], JSON.stringify(first.failure)).to.deep.equal([0, 'written']);
      expect((await promote('fast-feedback', credentials())).record).to.equal('there');
      const second = await promote('extended-test', credentials());
      expect([second.exitCode, second.record], JSON.stringify(second.failure)).to.deep.equal([0, 'written']);
    });
  }

  it('is not signed with a key that the user does not allow, and nobody is asked', async () => {
    await open(
      () => 'hashivault://records',
      () => ['--record-key', 'hashivault://another'],
    );
    expect(init).to.contain('records of promotions may be signed with hashivault://records');
    const {exitCode, error} = await promote('fast-feedback', vault());
    expect([exitCode, error?.code]).to.deep.equal([2, 'untrusted-key']);
    expect(error?.suggestions.join()).to.contain('--record-key hashivault://records');
    expect(services.log.requests()).to.deep.equal([]);
    nobodyAsked();
  });

  for (const uri of ['azurekms://HOST/records', 'awskms://HOST/alias/records']) {
    it(`shows no token to a host that the user does not vouch for: ${uri}`, async () => {
      await open((host) => uri.replace('HOST', host), allowed);
      expect(init).to.contain(`--trust-host ${services.host}`);
      const login = uri.startsWith('aws') ? everywhere['awskms:///alias/records'] : everywhere[uri];
      const {exitCode, error} = await promote('fast-feedback', login?.() ?? {});
      expect([exitCode, error?.code]).to.deep.equal([2, 'untrusted-host']);
      expect(services.log.requests()).to.deep.equal([]);
      nobodyAsked();
    });
  }

  it('is refused without a login, or without the right to sign, before any registry is asked', async () => {
    await open(() => 'hashivault://records', allowed);
    const without = await promote('fast-feedback', {});
    expect([without.exitCode, without.error?.code]).to.deep.equal([5, 'no-credentials']);
    services.fault = {at: 'sign', answer: json(403, {errors: ['permission denied']})};
    for (const args of [[], ['--dry-run']]) {
      const {exitCode, error} = await promote('fast-feedback', vault(), ...args);
      expect([exitCode, error?.code]).to.deep.equal([5, 'key-service-refused']);
      expect(error?.message).to.contain('HTTP 403 permission denied');
      expect(error?.suggestions.join()).to.contain('update on TRANSIT/sign/KEY');
    }
    nobodyAsked();
  });

  it('gives up a service that does not answer, within the limit that is set', async () => {
    await open(() => 'hashivault://records', allowed);
    services.fault = {at: 'key', answer: 'nothing'};
    const {exitCode, error} = await promote('fast-feedback', {...vault(), CORECTL_ANSWER_TIMEOUT: '0.2'});
    expect([exitCode, error?.code]).to.deep.equal([5, 'token-service-unreachable']);
    nobodyAsked();
  });

  it('leaves no tag without its record, where the key is another one from then on', async () => {
    await open(() => 'hashivault://records', allowed);
    services.fault = {at: 'sign', answer: 'another key', after: 1};
    const {exitCode, failure} = await promote('fast-feedback', vault());
    expect([exitCode, failure?.code, await tagThere()]).to.deep.equal([1, 'signing-failed', undefined]);
  });
});
