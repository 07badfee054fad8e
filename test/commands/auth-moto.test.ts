import {expect} from 'chai';
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {cloudHome, type CloudHome} from '../support/clouds.ts';
import {toProd} from '../support/google-clouds.ts';
import {ended, Output} from '../support/process-output.ts';
import {pushImage, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';
import {startTokenService, type TokenService} from '../support/token-service.ts';

// pip install 'moto[ecr,sts,server]'; not on PATH it is named with MOTO_SERVER
const program = process.env.MOTO_SERVER ?? 'moto_server';
const missing = spawnSync(program, ['--help'], {stdio: 'ignore'}).error !== undefined;
const chosen = /Running on (http:\S+:\d+)\s/;
const accountId = '123456789012';

describe(missing ? 'AWS by moto (skipped: moto_server is not installed)' : 'AWS by moto', () => {
  let moto: ChildProcess;
  let tokens: TokenService;
  let registry: TestRegistry;
  let home: CloudHome;
  let endpoint: string;

  before(async function () {
    if (missing) this.skip();
    moto = spawn(program, ['-H', '127.0.0.1', '-p', '0'], {stdio: ['ignore', 'ignore', 'pipe']});
    [, endpoint = ''] = chosen.exec(await new Output(moto, program).shows(chosen)) ?? [];
    tokens = await startTokenService();
    // the login that moto hands out
    const users = [{name: 'AWS', password: `${accountId}-auth-token`}];
    registry = await startTestRegistry({auth: {kind: 'basic', users}});
    await pushImage(registry, 'dev/payments/extended-test/app', '1.0.0', {layers: 1});
    home = await cloudHome(
      ['dev', 'prod'].map((name) => ({
        name,
        platform: `{vendor: aws, accountId: "${accountId}", region: eu-west-2}`,
        registry: `${registry.host}/${name}/{tenant}/{stage}`,
      })),
    );
  });
  after(async () => {
    if (missing) return;
    home.remove();
    await Promise.all([ended(moto), registry.close(), tokens.close()]);
  });

  it('assumes the role, creates the repository that is missing, and logs in', async () => {
    const env = {...tokens.github, AWS_ENDPOINT_URL: endpoint};
    const without = await home.run(toProd, env);
    expect(without.code, without.stderr).to.equal(5);
    expect(without.stdout).to.contain('"code": "repository-missing"');
    const result = await home.run([...toProd, '--create-repositories'], env);
    expect(result.code, result.stderr).to.equal(0);
    expect(await tagged(registry, 'prod/payments/prod/app', '1.0.0')).to.be.a('string');
    const again = await home.run(toProd, env);
    expect(again.code, again.stderr).to.equal(0);
  });

  it('takes keys from the environment by the default chain', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL: endpoint,
    };
    const {code, stdout, stderr} = await home.run(
      ['auth', 'check', '-t', 'payments', '-e', 'prod', '--json'],
      env,
    );
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain('default chain').and.contain(`arn:aws:sts::${accountId}:`);
  });
});
