import {expect} from 'chai';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {awsCloudsOfTest, awsRepository} from '../support/aws-clouds.ts';
import {azureCloudsOfTest} from '../support/azure-clouds.ts';
import {selfSigned} from '../support/certificate.ts';
import type {CloudHome} from '../support/clouds.ts';
import {googleCloudsOfTest, projectOf} from '../support/google-clouds.ts';
import {startProxy, type TestProxy} from '../support/proxy.ts';
import {providerOf} from '../support/token-service-google.ts';
import type {TokenService} from '../support/token-service.ts';

/** The name of the token services behind the proxy, in no name server. */
const host = 'tokens.example.test';

interface World {
  readonly home: CloudHome;
  readonly tokens: TokenService;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

describe('token services with a certificate of a private authority', () => {
  const [google, aws, azure] = [googleCloudsOfTest(), awsCloudsOfTest(), azureCloudsOfTest()];
  const tls = selfSigned(host);
  const check = ['auth', 'check', '-t', 'payments', '--json'];
  let proxy: TestProxy | undefined;
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
  });

  /** By whose code they are reached; `at` is where they are. */
  const worlds: Readonly<Record<string, (at: (url: string) => string) => Promise<World>>> = {
    'corectl, federated at Google': async (at) => {
      const {home, tokens, job} = await google({tls});
      return {home, tokens, args: ['-e', 'dev'], env: moved(job, at)};
    },
    'google-auth-library, with an external account': async (at) => {
      const {home, tokens} = await google({tls});
      const provider = providerOf(projectOf('dev'));
      const url = at(tokens.url);
      const file = path.join(home.folder, 'dev.json');
      const audience = encodeURIComponent(`https://iam.googleapis.com/${provider}`);
      const account = {
        type: 'external_account',
        audience: `//iam.googleapis.com/${provider}`,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${url}/google-sts/v1/token`,
        credential_source: {
          url: `${at(tokens.github.ACTIONS_ID_TOKEN_REQUEST_URL ?? '')}&audience=${audience}`,
          headers: {authorization: `Bearer ${tokens.github.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? ''}`},
          format: {type: 'json', subject_token_field_name: 'value'},
        },
        service_account_impersonation_url: `${url}/google-iam/v1/projects/-/serviceAccounts/p2p-payments@core-dev.iam.gserviceaccount.com:generateAccessToken`,
      };
      writeFileSync(file, JSON.stringify(account));
      return {home, tokens, args: ['-e', 'dev', '--dest-auth-override', file], env: {}};
    },
    'the AWS SDK': async (at) => {
      const {home, tokens, job} = await aws({tls, existing: [awsRepository]});
      return {home, tokens, args: ['-e', 'prod', '--image', 'app'], env: moved(job, at)};
    },
    'the Azure SDK': async (at) => {
      const {home, tokens, application} = await azure({tls, secret: 'canary-secret'});
      const env = {...moved(application, at), AZURE_CLIENT_SECRET: 'canary-secret'};
      return {home, tokens, args: ['-e', 'prod'], env};
    },
  };

  const moved = (env: Readonly<Record<string, string>>, at: (url: string) => string) =>
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, at(value)]));
  const authority = ({folder}: CloudHome): string => {
    const file = path.join(folder, 'ca.pem');
    writeFileSync(file, tls.cert);
    return file;
  };

  for (const [by, start] of Object.entries(worlds)) {
    it(`are reached by ${by}, with --ca-file or NODE_EXTRA_CA_CERTS and not without`, async () => {
      const {home, args, env} = await start((url) => url);
      const ca = authority(home);
      const trusted = await home.run([...check, ...args, '--ca-file', ca], env);
      expect(trusted.code, trusted.stderr + trusted.stdout).to.equal(0);
      const byNode = await home.run([...check, ...args], {...env, NODE_EXTRA_CA_CERTS: ca});
      expect(byNode.code, byNode.stderr).to.equal(0);
      const untrusted = await home.run([...check, ...args], env);
      expect(untrusted.code).to.equal(5);
      expect(untrusted.stdout).to.match(
        /"code": "token-service-unreachable",\s+"message": ".*self[- ]signed certificate"/,
      );
    });

    it(`are reached by ${by} through HTTPS_PROXY`, async () => {
      const {home, args, env, tokens} = await start((url) => url.replace(/127\.0\.0\.1:\d+/, host));
      proxy = await startProxy(new URL(tokens.url).host);
      const HTTPS_PROXY = `http://proxy-user:canary-proxy@127.0.0.1:${proxy.port}`;
      const result = await home.run([...check, ...args, '--ca-file', authority(home)], {...env, HTTPS_PROXY});
      expect(result.code, result.stderr + result.stdout).to.equal(0);
      expect(new Set(proxy.asked)).to.deep.equal(new Set([`${host}:443`]));
      expect(result.stdout + result.stderr).to.not.contain('canary');
    });
  }
});
