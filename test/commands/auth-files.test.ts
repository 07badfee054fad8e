import {expect} from 'chai';
import {generateKeyPairSync} from 'node:crypto';
import {chmodSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {
  account,
  googleCloudsOfTest,
  projectOf,
  toProd,
  type GoogleClouds,
  type Name,
} from '../support/google-clouds.ts';
import {idTokenUse} from '../support/token-mint.ts';
import {providerOf} from '../support/token-service-google.ts';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: {type: 'spki', format: 'pem'},
  privateKeyEncoding: {type: 'pkcs8', format: 'pem'},
});

describe('credential files', () => {
  const startClouds = googleCloudsOfTest();
  const start = () =>
    startClouds({
      projects: {
        dev: {publicKey: keys.publicKey},
        'prod-eu': {refreshToken: 'refresh-eu'},
        'prod-us': {refreshToken: 'refresh-us'},
      },
    });

  const write = ({home}: GoogleClouds, name: string, content: unknown): string => {
    const file = path.join(home.folder, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    chmodSync(file, 0o600);
    return file;
  };
  const serviceAccount = ({tokens}: GoogleClouds) => ({
    type: 'service_account',
    client_email: account('dev'),
    private_key: keys.privateKey,
    private_key_id: 'key-1',
    token_uri: `${tokens.url}/google-oauth/token`,
  });
  const user = ({tokens}: GoogleClouds, refreshToken: string) => ({
    type: 'authorized_user',
    client_id: 'id',
    client_secret: 'client-secret',
    refresh_token: refreshToken,
    token_uri: `${tokens.url}/google-oauth/token`,
  });
  const impersonationUrl = ({tokens}: GoogleClouds, name: Name) =>
    `${tokens.url}/google-iam/v1/projects/-/serviceAccounts/${account(name)}:generateAccessToken`;
  /** Its id-token lies in a file, as other tools leave it there. */
  const externalAccount = (clouds: GoogleClouds, name: Name) => {
    const provider = providerOf(projectOf(name));
    const {token} = clouds.tokens.mint.issue(
      idTokenUse(`https://iam.googleapis.com/${provider}`),
      'repo:acme/payments',
      300,
    );
    return {
      type: 'external_account',
      audience: `//iam.googleapis.com/${provider}`,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${clouds.tokens.url}/google-sts/v1/token`,
      credential_source: {file: write(clouds, `${name}.jwt`, token)},
      service_account_impersonation_url: impersonationUrl(clouds, name),
    };
  };
  const impersonated = (clouds: GoogleClouds, name: Name, refreshToken: string) => ({
    type: 'impersonated_service_account',
    source_credentials: user(clouds, refreshToken),
    service_account_impersonation_url: impersonationUrl(clouds, name),
    delegates: [],
  });

  it('carry a promotion as three identities: a key, a federation and an impersonation', async () => {
    const clouds = await start();
    const flags = [
      '--source-auth-override',
      write(clouds, 'dev.json', serviceAccount(clouds)),
      '--dest-auth-override',
      `prod-eu=${write(clouds, 'eu.json', externalAccount(clouds, 'prod-eu'))}`,
      '--dest-auth-override',
      `prod-us=${write(clouds, 'us.json', impersonated(clouds, 'prod-us', 'refresh-us'))}`,
    ];
    const result = await clouds.home.run([...toProd, ...flags]);
    expect(result.code, result.stderr).to.equal(0);
    expect(await clouds.promoted('prod-eu')).to.equal(clouds.image.digest);
    expect(await clouds.promoted('prod-us')).to.equal(clouds.image.digest);
    expect(result.stderr).to.not.contain('may be read by others');
    const printed = result.stdout + result.stderr;
    for (const secret of ['refresh-us', 'client-secret', ...clouds.tokens.mint.all().map(({token}) => token)])
      expect(printed).to.not.contain(secret);
  });

  it('may be named by the variables of the older steps, and be a user’s', async () => {
    const clouds = await start();
    const env = {
      SOURCE_AUTH_OVERRIDE: write(clouds, 'dev.json', serviceAccount(clouds)),
      DEST_AUTH_OVERRIDE: write(clouds, 'eu.json', user(clouds, 'refresh-eu')),
    };
    const result = await clouds.home.run([...toProd, '--environment', 'prod-eu'], env);
    expect(result.code, result.stderr).to.equal(0);
    expect(await clouds.promoted('prod-eu')).to.equal(clouds.image.digest);
  });

  describe('are told by auth check', () => {
    interface Row {
      environment: string;
      side: string;
      identity: string | null;
      mayPull: boolean | null;
      mayPush: boolean | null;
      repositories: {stage: string}[];
    }
    const check = ['auth', 'check', '-t', 'payments', '--stage', 'prod'];

    it('as a promotion would use them, with where it reads from', async () => {
      const clouds = await start();
      const source = write(clouds, 'dev.json', serviceAccount(clouds));
      const eu = write(clouds, 'eu.json', externalAccount(clouds, 'prod-eu'));
      const us = write(clouds, 'us.json', impersonated(clouds, 'prod-us', 'refresh-us'));
      const args = [
        ...check,
        '--dest-auth-override',
        `prod-eu=${eu}`,
        '--dest-auth-override',
        `prod-us=${us}`,
      ];
      const {code, stdout, stderr} = await clouds.home.run([...args, '--json'], {
        SOURCE_AUTH_OVERRIDE: source,
      });
      expect(code, stderr).to.equal(0);
      const row = ({environment, side, identity, mayPull, mayPush}: Row) =>
        [environment, side, identity, mayPull, mayPush].join(' ');
      const {environments} = JSON.parse(stdout) as {environments: Row[]};
      expect(environments[0]?.repositories.map(({stage}) => stage)).to.deep.equal(['extended-test']);
      expect(environments.map(row)).to.deep.equal([
        `dev source ${account('dev')} true `,
        `prod-eu destination ${account('prod-eu')} true true`,
        `prod-us destination ${account('prod-us')} true true`,
      ]);
      const table = await clouds.home.run([...args, '--source-auth-override', source]);
      expect(table.stdout).to.match(/^dev \(source\) +p2p-payments@core-dev\S+ +override file .* yes +-$/m);
    });

    it('with exit code 5 where the source may not be read', async () => {
      const clouds = await start();
      const wrong = write(clouds, 'us.json', user(clouds, 'refresh-us'));
      const env = {...clouds.job, SOURCE_AUTH_OVERRIDE: wrong};
      const {code, stderr} = await clouds.home.run(check, env);
      expect(code).to.equal(5);
      expect(stderr)
        .to.match(/^error\[[a-z-]+\]: dev \(source\): .*HTTP 403/m)
        .and.contain('roles/artifactregistry.reader');
    });

    it('and refused, before anyone is asked, where one cannot be used or is for no destination', async () => {
      const clouds = await start();
      const broken = write(clouds, 'broken.json', '{}');
      const eu = write(clouds, 'eu.json', user(clouds, 'refresh-eu'));
      for (const [env, args] of [
        [{SOURCE_AUTH_OVERRIDE: broken}, []],
        [{DEST_AUTH_OVERRIDE: broken}, []],
        [{}, ['--dest-auth-override', `dev=${eu}`]],
      ] as const) {
        const {code, stderr} = await clouds.home.run([...check, ...args], {...clouds.job, ...env});
        expect(code, stderr).to.equal(2);
      }
      expect(clouds.tokens.log.requests()).to.deep.equal([]);
    });
  });

  for (const variable of ['GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE']) {
    it(`may be application default credentials, of ${variable}`, async () => {
      const clouds = await start();
      const file = write(clouds, 'adc.json', serviceAccount(clouds));
      const result = await clouds.home.run(['auth', 'check', '-t', 'payments', '-e', 'dev', '--json'], {
        [variable]: file,
      });
      expect(result.code, result.stderr).to.equal(0);
      expect(result.stdout).to.contain(account('dev')).and.contain(variable);
    });
  }

  it('are found where gcloud leaves them', async () => {
    const clouds = await start();
    const file = write(clouds, 'application_default_credentials.json', user(clouds, 'refresh-us'));
    const env = {CLOUDSDK_CONFIG: path.dirname(file)};
    const result = await clouds.home.run(['auth', 'check', '-t', 'payments', '-e', 'prod-us', '--json'], env);
    expect(result.code, result.stderr).to.equal(0);
  });

  it('are pointed out when others may read them', async () => {
    const clouds = await start();
    const file = write(clouds, 'eu.json', user(clouds, 'refresh-eu'));
    chmodSync(file, 0o644);
    const {stderr} = await clouds.home.run(['auth', 'check', '-t', 'payments', '-e', 'prod-eu'], {
      GOOGLE_APPLICATION_CREDENTIALS: file,
    });
    expect(stderr).to.contain(
      `warning: credential file ${file} may be read by others (mode 644): chmod 600 it\n`,
    );
  });

  it('that are not valid any more are told so', async () => {
    const clouds = await start();
    const file = write(clouds, 'eu.json', user(clouds, 'revoked'));
    const result = await clouds.home.run([...toProd, '--source-auth-override', file]);
    expect(result.code).to.equal(5);
    expect(result.stdout).to.contain('"code": "login-expired"').and.not.contain('revoked"');
  });

  it('that would send a secret in the clear are refused before anyone is asked', async () => {
    const clouds = await start();
    const file = write(clouds, 'dev.json', {
      ...serviceAccount(clouds),
      token_uri: 'http://example.com/token',
    });
    const result = await clouds.home.run([...toProd, '--source-auth-override', file]);
    expect(result.code).to.equal(2);
    expect(result.stdout).to.contain('"code": "insecure-endpoint"');
    expect(clouds.tokens.log.requests()).to.deep.equal([]);
  });

  it('give way to access tokens in SOURCE_ACCESS_TOKEN and, for one environment, DEST_ACCESS_TOKEN', async () => {
    const clouds = await start();
    const token = (name: Name) => clouds.tokens.mint.issue('login', account(name), 60).token;
    const env = {SOURCE_ACCESS_TOKEN: token('dev'), DEST_ACCESS_TOKEN: token('prod-eu')};
    const one = await clouds.home.run([...toProd, '--environment', 'prod-eu'], env);
    expect(one.code, one.stderr).to.equal(0);
    const both = await clouds.home.run(toProd, env);
    expect(both.code).to.equal(5);
    expect(both.stderr).to.contain('DEST_ACCESS_TOKEN is for one destination environment');
    expect(both.stdout + both.stderr).to.not.contain(env.DEST_ACCESS_TOKEN);
  });
});
