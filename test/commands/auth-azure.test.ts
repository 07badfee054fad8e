import {expect} from 'chai';
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {azureCloudsOfTest} from '../support/azure-clouds.ts';
import {selfSigned} from '../support/certificate.ts';
import {toProd} from '../support/google-clouds.ts';
import {appServiceSecret} from '../support/token-service-azure.ts';

describe('environments of Azure', () => {
  const start = azureCloudsOfTest();
  const check = ['auth', 'check', '-t', 'payments', '-e', 'prod', '--json'];

  it('are promoted to by a federated id-token and the registry’s token exchange, once for one registry', async () => {
    const {home, job, promoted, image, tokens, registry} = await start();
    const result = await home.run(toProd, {...job, GITHUB_ACTIONS: 'true'});
    expect(result.code, result.stderr).to.equal(0);
    expect(await promoted()).to.equal(image.digest);
    expect(tokens.mint.logins()).to.equal(1);
    // a refresh token goes to the token service and nowhere else
    const [refreshToken] = tokens.mint.all().filter(({use}) => use === 'login');
    for (const {url, headers} of registry.log.requests())
      expect(`${url} ${[headers.authorization].flat().join(' ')}`).to.not.contain(refreshToken?.token);
    for (const {token} of tokens.mint.all()) expect(result.stdout + result.stderr).not.to.contain(token);
  });

  it('are told by auth check', async () => {
    const {home, job} = await start();
    const {code, stdout, stderr} = await home.run(check.slice(0, -1), job);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(
      /^prod +application client-1 +GitHub id-token, federated credential .* yes +yes$/m,
    );
  });

  for (const [title, code, options, hints] of [
    [
      'whose application trusts another repository',
      'application-refused',
      {repository: 'acme/other'},
      ['AADSTS700213', 'federated credential of the application'],
    ],
    [
      'whose registry is of another tenant',
      'registry-exchange-refused',
      {known: false},
      ['AcrPull or AcrPush'],
    ],
  ] as const) {
    it(`${title}: ${code}`, async () => {
      const {home, job} = await start(options);
      const result = await home.run(toProd, job);
      expect(result.code).to.equal(5);
      expect(result.stdout).to.contain(`"code": "${code}"`);
      for (const hint of hints) expect(result.stdout).to.contain(hint);
    });
  }

  describe('by the default chain', () => {
    it('are promoted to with a client secret, at an authority of one’s own', async () => {
      const tls = selfSigned();
      const {home, application, promoted, image} = await start({tls, secret: 'canary-secret'});
      const ca = path.join(home.folder, 'ca.pem');
      writeFileSync(ca, tls.cert);
      const env = {...application, AZURE_CLIENT_SECRET: 'canary-secret'};
      const result = await home.run([...toProd, '--ca-file', ca], env);
      expect(result.code, result.stderr).to.equal(0);
      expect(await promoted()).to.equal(image.digest);
      expect(result.stdout + result.stderr).to.not.contain('canary');
      const wrong = await home.run([...check, '--ca-file', ca], {
        ...env,
        AZURE_CLIENT_SECRET: 'canary-wrong',
      });
      expect(wrong.code).to.equal(5);
      expect(wrong.stdout).to.contain('"code": "login-expired"').and.contain('AADSTS7000215');
      expect(wrong.stdout + wrong.stderr).to.not.contain('canary');
    });

    it('are checked as the managed identity of an App Service', async () => {
      const {home, tokens} = await start();
      const {code, stdout, stderr} = await home.run(check, {
        IDENTITY_ENDPOINT: `${tokens.url}/msi/token`,
        IDENTITY_HEADER: appServiceSecret,
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      });
      expect(code, stderr + stdout).to.equal(0);
      expect(stdout).to.contain("the Azure SDK's default chain");
    });

    it('are checked as whoever has logged in with az', async () => {
      const {home, tokens} = await start();
      const {token} = tokens.mint.issue('entra', 'client-1', 3600);
      const folder = path.join(home.folder, 'bin');
      mkdirSync(folder);
      const az = path.join(folder, 'az');
      const answer = JSON.stringify({accessToken: token, expires_on: Math.floor(Date.now() / 1000) + 3600});
      writeFileSync(az, `#!/bin/sh\n[ "$1 $2" = 'account get-access-token' ] && echo '${answer}'\n`);
      chmodSync(az, 0o755);
      writeFileSync(path.join(home.folder, 'azureProfile.json'), '{}');
      const env = {
        PATH: `${folder}:${process.env.PATH ?? ''}`,
        AZURE_CONFIG_DIR: home.folder,
        // without it, the metadata server is asked first
        AZURE_TOKEN_CREDENTIALS: 'dev',
      };
      const {code, stdout, stderr} = await home.run(check, env);
      expect(code, stderr + stdout).to.equal(0);
      writeFileSync(az, '#!/bin/sh\necho "Please run \'az login\' to setup account." >&2\nexit 1\n');
      const loggedOut = await home.run(check, env);
      expect(loggedOut.code).to.equal(5);
      expect(loggedOut.stdout).to.contain('"code": "login-expired"').and.contain('az login');
    });
  });
});
