import {expect} from 'chai';
import {chmodSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {awsCloudsOfTest, awsRepository, type AwsClouds} from '../support/aws-clouds.ts';
import {toProd} from '../support/google-clouds.ts';
import {arnOf, userArnOf} from '../support/token-service-aws.ts';

describe('environments of AWS', () => {
  const start = awsCloudsOfTest();
  const existing = [awsRepository];
  const check = ['auth', 'check', '-t', 'payments', '--image', 'app', '--json'];

  it('are promoted to as the role that the id-token may assume', async () => {
    const {home, job, promoted, image, tokens} = await start({existing});
    const result = await home.run(toProd, job);
    expect(result.code, result.stderr).to.equal(0);
    expect(await promoted()).to.equal(image.digest);
    for (const {token} of tokens.mint.all()) expect(result.stdout + result.stderr).to.not.contain(token);
    expect(tokens.mint.logins('222222222222')).to.equal(1);
    expect(result.stderr, 'what the SDK has to say').to.not.contain('Warning');
  });

  it('have their keys and tokens hidden from the log of GitHub Actions', async () => {
    const {home, job, tokens} = await start({existing});
    const {stdout, stderr} = await home.run([...toProd, '--verbose'], {...job, GITHUB_ACTIONS: 'true'});
    for (const secret of [...tokens.mint.all().map(({token}) => token), 'secret-222222222222'])
      expect(stdout + stderr).not.to.contain(secret);
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
    expect(accounts.prod.repositories.size).to.equal(0);
    const result = await home.run([...toProd, '--create-repositories'], job);
    expect(result.code, result.stderr).to.equal(0);
    expect([...accounts.prod.repositories]).to.deep.equal(existing);
    expect(await promoted()).to.equal(image.digest);
  });

  it('do not get it from keys that may not create one: repository-not-created', async () => {
    const {home, job, tokens} = await start();
    tokens.refuse('CreateRepository', 'AccessDeniedException');
    const result = await home.run([...toProd, '--create-repositories'], job);
    expect(result.code, result.stderr).to.equal(1);
    expect(result.stdout).to.contain('"code": "repository-not-created"').and.contain('ecr:CreateRepository');
  });

  it('are told by auth check with role and expiry', async () => {
    const {home, job, accounts} = await start({existing});
    const {code, stdout, stderr} = await home.run([...check, '--stage', 'prod'], job);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain(arnOf(accounts.prod)).and.contain('AssumeRoleWithWebIdentity');
  });

  for (const [title, code, options, hint] of [
    ['whose role trusts another repository', 'role-refused', {repository: 'acme/other'}, 'trust policy'],
    ['that know no provider for id-tokens', 'provider-missing', {provider: false}, 'OpenID Connect provider'],
  ] as const) {
    it(`${title}: ${code}`, async () => {
      const {home, job} = await start(options);
      const result = await home.run([...toProd], job);
      expect(result.code).to.equal(5);
      expect(result.stdout).to.contain(`"code": "${code}"`).and.contain(hint);
    });
  }

  describe('without GitHub', () => {
    const write = (
      {home}: AwsClouds,
      name: string,
      profiles: Readonly<Record<string, 'dev' | 'prod'>>,
    ): string => {
      const file = path.join(home.folder, name);
      const sections = Object.entries(profiles).map(([profile, environment]) => {
        const accountId = environment === 'dev' ? '111111111111' : '222222222222';
        return `[${profile}]\naws_access_key_id = AKIA${accountId}\naws_secret_access_key = canary-${accountId}\n`;
      });
      writeFileSync(file, sections.join('\n'));
      chmodSync(file, 0o600);
      return file;
    };

    it('are promoted to by credential files with profiles, one for each side', async () => {
      const clouds = await start({existing});
      const {home, tokens, promoted, image} = clouds;
      const env = {
        ...tokens.overrides,
        SOURCE_AUTH_OVERRIDE: write(clouds, 'dev.ini', {default: 'dev', other: 'prod'}),
      };
      const result = await home.run(
        [...toProd, '--dest-auth-override', write(clouds, 'prod.ini', {only: 'prod'})],
        env,
      );
      expect(result.code, result.stderr).to.equal(0);
      expect(await promoted()).to.equal(image.digest);
      expect(result.stdout + result.stderr).to.not.contain('canary');
    });

    it('are checked with the profile that AWS_PROFILE names, else "default", and no other', async () => {
      const clouds = await start({existing});
      const {home, tokens, accounts} = clouds;
      const DEST_AUTH_OVERRIDE = write(clouds, 'both.ini', {default: 'dev', deployer: 'prod'});
      const args = [...check, '--stage', 'prod'];
      const named = await home.run(args, {...tokens.overrides, DEST_AUTH_OVERRIDE, AWS_PROFILE: 'deployer'});
      expect(named.code, named.stderr).to.equal(0);
      expect(named.stdout).to.contain(userArnOf(accounts.prod)).and.contain('both.ini (profile deployer)');
      const unnamed = await home.run(args, {...tokens.overrides, DEST_AUTH_OVERRIDE});
      expect(unnamed.code).to.equal(5);
      expect(unnamed.stdout).to.contain('"code": "pull-refused"');
      const missing = await home.run(args, {...tokens.overrides, DEST_AUTH_OVERRIDE, AWS_PROFILE: 'missing'});
      expect(missing.code).to.equal(5);
      expect(missing.stdout).to.contain('"code": "login-expired"').and.contain('missing');
    });

    it('are checked with keys of the environment, by the default chain', async () => {
      const {home, tokens, accounts} = await start({existing});
      const {id, secret} = accounts.prod.keys!;
      const env = {...tokens.overrides, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret};
      const good = await home.run([...check, '--stage', 'prod'], env);
      expect(good.code, good.stderr).to.equal(0);
      expect(good.stdout).to.contain(userArnOf(accounts.prod)).and.contain('default chain');
      expect(good.stdout + good.stderr).to.not.contain('canary');
      const bad = await home.run([...check, '--stage', 'prod'], {...env, AWS_SECRET_ACCESS_KEY: 'wrong'});
      expect(bad.code).to.equal(5);
      expect(bad.stdout).to.contain('"code": "login-expired"');
    });

    it('have their profiles looked for where AWS_SHARED_CREDENTIALS_FILE says, which others may not read', async () => {
      const clouds = await start({existing});
      const file = write(clouds, 'shared.ini', {default: 'prod'});
      chmodSync(file, 0o640);
      const env = {...clouds.tokens.overrides, AWS_SHARED_CREDENTIALS_FILE: file};
      const {code, stderr} = await clouds.home.run([...check, '--stage', 'prod'], env);
      expect(code, stderr).to.equal(0);
      expect(stderr).to.contain(`credential file ${file} may be read by others (mode 640)`);
    });
  });
});
