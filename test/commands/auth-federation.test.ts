import {expect} from 'chai';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {credentialTroubles} from '../../src/lib/credential-troubles.ts';
import {json} from '../../src/lib/registry/exchange.ts';
import {listen} from '../../src/lib/registry/listener.ts';
import type {CliResult} from '../support/cli.ts';
import {account, googleCloudsOfTest, toProd, type GoogleClouds} from '../support/google-clouds.ts';
import {invariants, registriesOfTest} from '../support/registry.ts';

interface Report {
  exitCode: number;
  images: {destinations: {environment: string; status: string; error: {code: string} | null}[]}[];
  error: {code: string; message: string; suggestions: string[]} | null;
}

const reportOf = ({stdout}: CliResult): Report => JSON.parse(stdout) as Report;

/** Nothing that was minted is in what was printed: no line that would hide it either, as that would be in a captured log. */
async function expectNoSecrets({tokens, registry}: GoogleClouds, {stdout, stderr}: CliResult): Promise<void> {
  const secrets = tokens.mint.all().map(({token}) => token);
  expect(secrets).to.not.be.empty;
  await invariants([registry], {secrets, outputs: [stdout, stderr]});
}

describe('promoting by workload identity federation alone', () => {
  const servers = registriesOfTest();
  const start = googleCloudsOfTest();

  for (const [how, options] of [
    ['basic', {}],
    ['bearer', {bearer: 60}],
  ] as const) {
    it(`writes to two environments as two identities, on one host, reading as a third (${how})`, async () => {
      const clouds = await start(options);
      const result = await clouds.home.run([...toProd, '--verbose'], clouds.job);
      expect(result.code, result.stderr).to.equal(0);
      expect(await clouds.promoted('prod-eu')).to.equal(clouds.image.digest);
      expect(await clouds.promoted('prod-us')).to.equal(clouds.image.digest);
      for (const name of ['dev', 'prod-eu', 'prod-us'] as const)
        expect(clouds.tokens.mint.logins(account(name)), `exchanges of ${name}`).to.equal(1);
      await expectNoSecrets(clouds, result);
    });
  }

  it('needs one exchange for what is source and destination at once', async () => {
    const clouds = await start();
    const args = toProd.map((arg) => (arg === 'extended-test' ? 'fast-feedback' : arg));
    const first = await clouds.home.run(args, clouds.job);
    expect(first.code).to.equal(3);
    expect(clouds.tokens.mint.logins()).to.equal(1);
  });

  it('stops with exit code 5 and writes nothing anywhere when one identity may not push', async () => {
    const clouds = await start({rights: {'prod-us': ['pull']}});
    const result = await clouds.home.run(toProd, clouds.job);
    expect(result.code, result.stderr).to.equal(5);
    expect(await clouds.promoted('prod-eu')).to.equal(undefined);
    expect(clouds.registry.log.requests({method: 'PUT'})).to.deep.equal([]);
    const {error} = reportOf(result);
    expect(error).to.include({code: 'push-refused'});
    expect(error?.message)
      .to.match(/^destination prod-us \(prod\): /)
      .and.contain(account('prod-us'));
    expect(error?.suggestions.join('\n')).to.contain('roles/artifactregistry.writer');
    await expectNoSecrets(clouds, result);
  });

  it('stops likewise at a registry with tokens of its own, which are granted without the right to push', async () => {
    const clouds = await start({bearer: 60, rights: {'prod-us': ['pull']}});
    const result = await clouds.home.run(toProd, clouds.job);
    expect(result.code, result.stderr).to.equal(5);
    expect(reportOf(result).error).to.include({code: 'push-refused'});
    expect(await clouds.promoted('prod-eu')).to.equal(undefined);
  });

  it('sends no write at all in a dry run', async () => {
    const clouds = await start();
    const result = await clouds.home.run([...toProd, '--dry-run'], clouds.job);
    expect(result.code, result.stderr).to.equal(0);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(clouds.registry.log.requests({method}), method).to.deep.equal([]);
  });

  it('prints no secret in GitHub Actions, and no command to hide one', async () => {
    const clouds = await start();
    const result = await clouds.home.run([...toProd, '--verbose'], {...clouds.job, GITHUB_ACTIONS: 'true'});
    expect(result.code, result.stderr).to.equal(0);
    expect(result.stdout + result.stderr).to.not.contain('::add-mask::');
    await expectNoSecrets(clouds, result);
  });

  describe('tells apart', () => {
    for (const [title, code, options, hint] of [
      ['a provider that is not there', 'provider-missing', {wrongNumbers: {'prod-us': '1'}}, /provisioned/],
      [
        'a provider that refuses the repository',
        'provider-refused',
        {projects: {'prod-us': {repository: 'acme/other'}}},
        /attribute condition/,
      ],
      [
        'a service account that may not be impersonated',
        'account-not-impersonable',
        {projects: {'prod-us': {account: 'not-impersonable'}}},
        /roles\/iam.workloadIdentityUser/,
      ],
      [
        'a service account that does not exist',
        'account-missing',
        {projects: {'prod-us': {account: 'missing'}}},
        /projectId/,
      ],
    ] as const) {
      it(title, async () => {
        const clouds = await start(options);
        const result = await clouds.home.run(toProd, clouds.job);
        expect(result.code, result.stderr).to.equal(5);
        const {error} = reportOf(result);
        expect(error).to.include({code});
        expect(error?.suggestions.join('\n')).to.match(hint);
        expect(await clouds.promoted('prod-eu')).to.equal(undefined);
      });
    }

    it('a job without the permission to ask for an id-token', async () => {
      const clouds = await start();
      const result = await clouds.home.run(toProd, {...clouds.tokens.overrides, GITHUB_ACTIONS: 'true'});
      expect(result.code).to.equal(5);
      expect(result.stderr).to.contain('id-token: write');
      expect(result.stdout).to.contain('"code": "no-id-token"');
    });

    it("a fork's pull request", async () => {
      const clouds = await start();
      const event = path.join(clouds.home.folder, 'event.json');
      const side = (name: string) => ({repo: {full_name: name}});
      writeFileSync(
        event,
        JSON.stringify({pull_request: {head: side('stranger/payments'), base: side('acme/payments')}}),
      );
      const env = {...clouds.tokens.overrides, GITHUB_ACTIONS: 'true', GITHUB_EVENT_PATH: event};
      const result = await clouds.home.run(toProd, env);
      expect(result.code).to.equal(5);
      expect(result.stdout).to.contain('"code": "fork-pull-request"');
      expect(result.stderr).to.contain('promote from a workflow that runs after the merge');
    });

    it('a job whose permission to ask has ended', async () => {
      const clouds = await start();
      const result = await clouds.home.run(toProd, {...clouds.job, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'ended'});
      expect(result.code).to.equal(5);
      expect(reportOf(result).error).to.include({code: 'id-token-refused'});
      expect(result.stderr).to.contain('run the job again');
    });

    it('a repository that does not exist', async () => {
      const clouds = await start();
      clouds.registry.faults.add({
        method: 'POST',
        path: /^\/v2\/core-prod-us\/.*\/uploads/,
        action: {status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN","message":"Repository not found"}]}'},
      });
      const result = await clouds.home.run(toProd, clouds.job);
      expect(result.code).to.equal(5);
      expect(reportOf(result).error).to.include({code: 'repository-missing'});
      expect(result.stderr).to.contain('create it, or check tenant and stage');
      expect(await clouds.promoted('prod-eu')).to.equal(undefined);
    });

    for (const [title, code, answer] of [
      ['a token service that answers something else', 'token-service-failed', json(200, {})],
      [
        'a token service with a reason of its own',
        'token-refused',
        json(400, {error: 'invalid_client', error_description: 'The OAuth client was disabled.'}),
      ],
    ] as const) {
      it(title, async () => {
        const clouds = await start();
        const service = servers.closing(await listen(() => Promise.resolve(answer)));
        const file = path.join(clouds.home.folder, 'user.json');
        const user = {type: 'authorized_user', client_id: 'id', client_secret: 's', refresh_token: 'canary'};
        writeFileSync(file, JSON.stringify({...user, token_uri: service.url}));
        const result = await clouds.home.run([...toProd, '--source-auth-override', file], clouds.job);
        expect(result.code).to.equal(5);
        const {error} = reportOf(result);
        expect(error).to.include({code});
        expect(error?.suggestions).to.deep.equal(credentialTroubles[code].next);
        if (code === 'token-refused') expect(error?.message).to.contain('The OAuth client was disabled.');
        expect(result.stdout + result.stderr).to.not.contain('canary');
      });
    }

    it('an endpoint override that would send tokens in the clear', async () => {
      const clouds = await start();
      const env = {...clouds.job, CLOUDSDK_API_ENDPOINT_OVERRIDES_STS: 'http://sts.example.com/'};
      const result = await clouds.home.run(toProd, env);
      expect(result.stdout).to.contain('"code": "insecure-endpoint"');
      expect(result.code).to.equal(5);
    });
  });
});
