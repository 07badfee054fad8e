// An environments repository whose author wants the credentials of those who use it.
import {expect} from 'chai';
import {existsSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {cloudHome, type CloudHome} from '../support/clouds.ts';
import {registriesOfTest, type TestRegistry} from '../support/registry.ts';

const promote = ['p2p', 'promote', 'app:1.0.0', '-t', 'payments', '--from-stage', 'extended-test', '--json'];
const canary = 'canary-token-of-production';
const platforms = {
  gcp: '{vendor: gcp, projectId: core-prod, projectNumber: "123456789012", region: europe-west2}',
  aws: '{vendor: aws, accountId: "012345678901", region: eu-west-2}',
  azure: '{vendor: azure, containerRegistry: acme}',
};

interface Report {
  readonly error: {readonly code: string; readonly message: string; readonly suggestions: string[]};
}

const errorIn = (stdout: string): Report['error'] => (JSON.parse(stdout) as Report).error;

describe('a repository that has credentials sent elsewhere', () => {
  const servers = registriesOfTest();
  const homes: CloudHome[] = [];
  afterEach(() => {
    for (const home of homes.splice(0)) home.remove();
  });

  /** Registries of the attacker that want a login, as dev and prod of a vendor. */
  const lure = async (vendor: keyof typeof platforms, credentials?: string) => {
    const users = [{name: 'nobody', password: 'guessed'}];
    const registry = await servers.start({auth: {kind: 'basic', users}});
    const environment = (name: string) => ({
      name,
      platform: platforms[vendor],
      registry: `${registry.host}/${name}/{tenant}/{stage}`,
      ...(credentials !== undefined && {credentials}),
    });
    const home = await cloudHome([environment('dev'), environment('prod')], {trusted: false});
    homes.push(home);
    return {registry, home};
  };

  const write = (home: CloudHome, name: string, content: string): string => {
    const file = path.join(home.folder, name);
    writeFileSync(file, content, {mode: 0o600});
    return file;
  };

  const expectUnasked = (registry: TestRegistry) => {
    expect(registry.log.requests().map(({method}) => method)).to.deep.equal([]);
  };

  for (const vendor of ['gcp', 'aws', 'azure'] as const) {
    it(`by registry.credentials: ${vendor} is told who must consent, before any registry is asked`, async () => {
      const {registry, home} = await lure(vendor, vendor);
      const {code, stdout} = await home.run(promote, {
        SOURCE_ACCESS_TOKEN: canary,
        DEST_ACCESS_TOKEN: canary,
      });
      expect(code, stdout).to.equal(2);
      const {code: told, message, suggestions} = errorIn(stdout);
      expect(told).to.equal('untrusted-host');
      expect(message)
        .to.contain('environment dev (environments/dev/config.yaml:3:')
        .and.contain(`would go to ${registry.host}`);
      expect(suggestions[0])
        .to.contain(`--trust-host ${registry.host}`)
        .and.contain(`CORECTL_TRUSTED_HOSTS=${registry.host}`)
        .and.contain(`trusted-hosts: ["${registry.host}"] in ${path.join(home.folder, 'home', 'corectl')}`);
      expectUnasked(registry);
    });
  }

  it('while the user names override files of Google and AWS is refused as well', async () => {
    const {registry, home} = await lure('gcp');
    const google = {type: 'authorized_user', client_id: 'i', client_secret: canary, refresh_token: canary};
    const files = [
      write(home, 'google.json', JSON.stringify(google)),
      write(home, 'aws', `[default]\naws_access_key_id = AKIA\naws_secret_access_key = ${canary}\n`),
    ];
    for (const file of files) {
      for (const flag of ['--source-auth-override', '--dest-auth-override']) {
        const {code, stdout} = await home.run([...promote, flag, file]);
        expect(code, stdout).to.equal(2);
        expect(errorIn(stdout).code).to.equal('untrusted-host');
      }
    }
    expectUnasked(registry);
  });

  it('by the vendor alone gets no token: the host is asked as nobody, and the reason told', async () => {
    const {registry, home} = await lure('gcp');
    const env = {SOURCE_ACCESS_TOKEN: canary, DEST_ACCESS_TOKEN: canary};
    const {code, stdout} = await home.run(promote, env);
    expect(code, stdout).to.equal(5);
    expect(errorIn(stdout).message).to.contain(`no token of Google goes to ${registry.host}`);
    expect(errorIn(stdout).suggestions.join('\n')).to.contain(`--trust-host ${registry.host}`);
    const sent = registry.log.requests().flatMap(({headers}) => headers.authorization ?? []);
    expect(sent).to.deep.equal([]);
  });

  it('is shown the token once the user consents: by flag, variable or settings', async () => {
    const {registry, home} = await lure('gcp', 'gcp');
    const env = {SOURCE_ACCESS_TOKEN: canary, DEST_ACCESS_TOKEN: canary};
    const settings = path.join(home.folder, 'home', 'corectl', 'corectl.yaml');
    const ways = [
      () => home.run([...promote, '--trust-host', registry.host], env),
      () => home.run(promote, {...env, CORECTL_TRUSTED_HOSTS: `a.example.com, ${registry.host}`}),
      () => {
        writeFileSync(settings, `trusted-hosts: ["${registry.host}"]\n`, {flag: 'a'});
        return home.run(promote, env);
      },
    ];
    for (const way of ways) {
      const before = registry.log.requests().length;
      const {code, stdout} = await way();
      expect(code, stdout).to.equal(5);
      expect(errorIn(stdout).code).to.not.equal('untrusted-host');
      const after = registry.log.requests().slice(before);
      expect(after.some(({headers}) => headers.authorization !== undefined)).to.equal(true);
    }
    const {code} = await home.run(['update']);
    expect(code).to.equal(0);
    expect((await home.run(promote, env)).code).to.equal(5);
  });

  it('by a registry that the user vouches for, and that names a token service elsewhere: nothing is sent there', async () => {
    const {registry, home} = await lure('gcp', 'gcp');
    const stranger = await servers.start();
    const challenge = `Bearer realm="http://${stranger.host}/token",service="s"`;
    registry.faults.add({action: {status: 401, headers: {'www-authenticate': challenge}}});
    const env = {SOURCE_ACCESS_TOKEN: canary, DEST_ACCESS_TOKEN: canary};
    const trusting = [...promote, '--trust-host', registry.host];
    const {code, stdout} = await home.run(trusting, env);
    expect(code, stdout).to.equal(5);
    expect(errorIn(stdout).code).to.equal('refused-realm');
    expect(errorIn(stdout).message).to.contain('a token of Google is not for that host');
    expectUnasked(stranger);
    await home.run([...trusting, '--trust-host', stranger.host], env);
    expect(stranger.log.requests().length, 'with consent').to.be.above(0);
  });

  it('is shown in auth check, which sends nothing either', async () => {
    const {registry, home} = await lure('gcp', 'gcp');
    const {code, stdout, stderr} = await home.run(['auth', 'check', '-t', 'payments'], {
      SOURCE_ACCESS_TOKEN: canary,
    });
    expect(code, stdout).to.equal(5);
    expect(stderr)
      .to.contain(`--trust-host ${registry.host}`)
      .and.contain('environments/prod/config.yaml:3:');
    expectUnasked(registry);
  });

  it('is not helped by a consent that is no host', async () => {
    const {registry, home} = await lure('gcp', 'gcp');
    for (const text of ['*', 'https://evil.example', 'evil.example/path']) {
      const {code, stderr} = await home.run([...promote, '--trust-host', text]);
      expect(code).to.equal(2);
      expect(stderr).to.contain('--trust-host: expected HOST, HOST:PORT or *.example.com');
    }
    expectUnasked(registry);
  });

  it('by http to a host that is not this machine is refused, and for a cloud’s registry always', async () => {
    const at = async (host: string, args: readonly string[] = []) => {
      const other = await cloudHome(
        ['dev', 'prod'].map((name) => ({
          name,
          platform: platforms.gcp,
          registry: `${host}/{tenant}/{stage}`,
          credentials: 'docker, plainHttp: true',
        })),
        {trusted: false},
      );
      homes.push(other);
      const {code, stdout} = await other.run([...promote, ...args]);
      expect(code, stdout).to.equal(2);
      return errorIn(stdout);
    };
    const plain = await at('harbor.example.com');
    expect(plain.code).to.equal('untrusted-http');
    expect(plain.suggestions[0]).to.contain('--plain-http harbor.example.com');
    const cloud = await at('europe-west2-docker.pkg.dev', ['--plain-http', 'europe-west2-docker.pkg.dev']);
    expect(cloud.code).to.equal('untrusted-http');
    expect(cloud.suggestions.join('\n')).to.not.contain('--plain-http europe');
  });

  it('runs no program of an AWS file that was handed in', async () => {
    const {registry, home} = await lure('aws');
    const proof = path.join(home.folder, 'ran');
    const file = write(home, 'aws', `[default]\n  credential_process = touch ${proof}\n`);
    const args = [...promote, '--source-auth-override', file, '--trust-host', registry.host];
    const {code, stdout} = await home.run(args);
    expect(code, stdout).to.equal(2);
    expect(errorIn(stdout).code).to.equal('unsupported-credential-file');
    expect(existsSync(proof)).to.equal(false);
  });
});
