// Records that are signed with a key which a key service keeps.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import type {ConsentFlags} from '../../src/lib/cli/flags/consents.ts';
import {json} from '../../src/lib/registry/exchange.ts';
import {accessKey, keyServices, type KeyServices} from '../support/key-services.ts';
import {recordingHome, type RecordingHome} from '../support/recording-home.ts';

const google = 'gcpkms://projects/p/locations/europe/keyRings/r/cryptoKeys/k';

describe('corectl p2p promote, recorded with a key of a key service', function () {
  this.timeout(120_000);
  let services: KeyServices;
  let home: RecordingHome;
  let folder: string;

  const open = async (keyOf: (host: string) => string, consentOf: (key: string) => ConsentFlags) => {
    services = await keyServices();
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-test-'));
    const key = keyOf(services.host);
    home = await recordingHome({
      record: `{key: "${key}"}`,
      trust: '{pipeline: {key: keys/pipeline.pub}}',
      files: {'keys/pipeline.pub': services.pem},
      consent: consentOf(key),
    });
  };
  afterEach(async () => {
    rmSync(folder, {recursive: true});
    await Promise.all([home.close(), services.close()]);
  });

  const allowed = (key: string) => ({'record-key': [key]});
  const nobodyAsked = () => {
    expect(home.registries.dev.log.requests()).to.deep.equal([]);
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
        (key) => ({...allowed(key), 'trust-host': [services.host]}),
      );
      const first = await home.promote('fast-feedback', credentials());
      expect([first.exitCode, first.record], JSON.stringify(first.failure)).to.deep.equal([0, 'written']);
      expect((await home.promote('fast-feedback', credentials())).record).to.equal('there');
      const second = await home.promote('extended-test', credentials());
      expect([second.exitCode, second.record], JSON.stringify(second.failure)).to.deep.equal([0, 'written']);
    });
  }

  it('is not signed with a key that the user does not allow, and nobody is asked', async () => {
    await open(
      () => 'hashivault://records',
      () => allowed('hashivault://another'),
    );
    expect((await home.corectl(['update'])).stderr).to.contain(
      'records of promotions may be signed with hashivault://records',
    );
    const {exitCode, error} = await home.promote('fast-feedback', vault());
    expect([exitCode, error?.code]).to.deep.equal([2, 'untrusted-key']);
    expect(error?.suggestions.join()).to.contain('--record-key hashivault://records');
    expect(services.log.requests()).to.deep.equal([]);
    nobodyAsked();
  });

  for (const uri of ['azurekms://HOST/records', 'awskms://HOST/alias/records']) {
    it(`shows no token to a host that the user does not vouch for: ${uri}`, async () => {
      await open((host) => uri.replace('HOST', host), allowed);
      expect((await home.corectl(['update'])).stderr).to.contain(`--trust-host ${services.host}`);
      const login = uri.startsWith('aws') ? everywhere['awskms:///alias/records'] : everywhere[uri];
      const {exitCode, error} = await home.promote('fast-feedback', login?.() ?? {});
      expect([exitCode, error?.code]).to.deep.equal([2, 'untrusted-host']);
      expect(services.log.requests()).to.deep.equal([]);
      nobodyAsked();
    });
  }

  it('is refused without a login, or without the right to sign, before any registry is asked', async () => {
    await open(() => 'hashivault://records', allowed);
    const without = await home.promote('fast-feedback', {});
    expect([without.exitCode, without.error?.code]).to.deep.equal([5, 'no-credentials']);
    services.fault = {at: 'sign', answer: json(403, {errors: ['permission denied']})};
    for (const args of [[], ['--dry-run']]) {
      const {exitCode, error} = await home.promote('fast-feedback', vault(), ...args);
      expect([exitCode, error?.code]).to.deep.equal([5, 'key-service-refused']);
      expect(error?.message).to.contain('HTTP 403 permission denied');
      expect(error?.suggestions.join()).to.contain('update on TRANSIT/sign/KEY');
    }
    nobodyAsked();
  });

  it('gives up a service that does not answer, within the limit that is set', async () => {
    await open(() => 'hashivault://records', allowed);
    services.fault = {at: 'key', answer: 'nothing'};
    const {exitCode, error} = await home.promote('fast-feedback', {
      ...vault(),
      CORECTL_ANSWER_TIMEOUT: '0.2',
    });
    expect([exitCode, error?.code]).to.deep.equal([5, 'token-service-unreachable']);
    nobodyAsked();
  });

  it('leaves no tag without its record, where the key is another one from then on', async () => {
    await open(() => 'hashivault://records', allowed);
    services.fault = {at: 'sign', answer: 'another key', after: 1};
    const {exitCode, failure} = await home.promote('fast-feedback', vault());
    expect([exitCode, failure?.code, await home.tagAt('dev', 'extended-test')]).to.deep.equal([
      1,
      'signing-failed',
      undefined,
    ]);
  });
});
