import {expect} from 'chai';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {selfSigned} from '../support/certificate.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {startProxy, type TestProxy} from '../support/proxy.ts';
import {pushImage, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';

const stages = {'extended-test': ['dev'], prod: ['prod-eu']};
const canary = 'canary-network-77';

describe('corectl p2p promote over TLS and through proxies', function () {
  let dev: TestRegistry;
  let eu: TestRegistry;
  let home: PromotionHome;
  let ca: string;
  let proxy: TestProxy | undefined;

  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
    home.remove();
    await Promise.all([dev.close(), eu.close()]);
  });

  async function world(host?: string): Promise<void> {
    const tls = selfSigned('registry.example.test');
    const auth = {kind: 'basic', users: [{name: 'me', password: canary}]} as const;
    [dev, eu] = [await startTestRegistry(), await startTestRegistry({tls, auth})];
    const registry = host ?? eu.host;
    home = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': registry},
      stages,
      files: {'environments/prod-eu/config.yaml': environmentOf(registry)},
      logins: {[registry]: ['me', canary]},
    });
    ca = path.join(home.folder, 'ca.pem');
    writeFileSync(ca, tls.cert);
    await pushImage(dev, 'tenant/payments/extended-test/app', '1');
  }

  // false is said aloud: a loopback host would speak http by itself
  const environmentOf = (host: string): string =>
    `environment: prod-eu\nregistry: {url: "${host}/tenant/{tenant}/{stage}", credentials: docker, plainHttp: false}\n`;
  const promote = (args: readonly string[] = [], env: Record<string, string> = {}) =>
    home.corectl(['p2p', 'promote', 'app:1', '-t', 'payments', '--from-stage', 'extended-test', ...args], {
      env,
    });
  const promotedDigest = () => tagged(eu, 'tenant/payments/prod/app', '1');

  it('refuses a certificate that nobody vouches for, at once and without falling back to http', async () => {
    await world();
    const {code, stdout, stderr} = await promote();
    expect(code).to.equal(5);
    expect(stdout + stderr).to.match(/prod-eu \(prod\).*TLS failed.*certificate/s);
    expect(stdout).to.include('NODE_EXTRA_CA_CERTS');
    expect(eu.log.requests()).to.have.length(0);
    const verbose = await promote(['--verbose']);
    expect(verbose.stderr.match(/^HEAD https:.*TLS failed/gm)).to.have.length(1);
  });

  it('does not hide that Node was told to check no certificates', async () => {
    await world();
    const {code, stderr} = await promote([], {NODE_TLS_REJECT_UNAUTHORIZED: '0'});
    expect(code).to.equal(0);
    expect(stderr).to.match(/warning.*NODE_TLS_REJECT_UNAUTHORIZED/i);
  });

  it('trusts the authorities of --ca-file and of NODE_EXTRA_CA_CERTS', async () => {
    await world();
    expect((await promote(['--ca-file', ca])).code).to.equal(0);
    expect((await promote([], {NODE_EXTRA_CA_CERTS: ca})).code).to.equal(0);
    expect((await promote(['--ca-file', path.join(home.folder, 'nothing.pem')])).code).to.equal(2);
  });

  it('reaches a registry through HTTPS_PROXY, which sees no credentials, and goes past it for NO_PROXY', async () => {
    await world('registry.example.test');
    proxy = await startProxy(eu.host);
    const env = {HTTPS_PROXY: `http://proxy-user:${canary}-proxy@127.0.0.1:${proxy.port}`};
    const through = await promote(['--ca-file', ca, '--verbose'], env);
    expect(through.code, through.stderr).to.equal(0);
    expect(await promotedDigest()).to.be.a('string');
    expect(proxy.asked).to.include('registry.example.test:443');
    expect(proxy.seen.join('')).not.to.include(Buffer.from(`me:${canary}`).toString('base64'));
    expect(through.stdout + through.stderr).not.to.include(canary);
    for (const excluded of ['.example.test', 'example.test'])
      expect((await promote(['--ca-file', ca], {...env, NO_PROXY: excluded})).code, excluded).to.equal(5);
  });

  it('speaks http to a proxy that is named without a scheme, with a login as it is written', async () => {
    await world('registry.example.test');
    proxy = await startProxy(eu.host);
    const {code, stdout, stderr} = await promote(['--ca-file', ca], {
      HTTPS_PROXY: `proxy-user:${canary}%zz@127.0.0.1:${proxy.port}`,
    });
    expect(code, stderr).to.equal(0);
    expect(proxy.seen.join('')).to.include(Buffer.from(`proxy-user:${canary}%zz`).toString('base64'));
    expect(stdout + stderr).not.to.include(canary);
  });

  for (const [address, found] of [
    [`http://me:${canary}@127.0.0.1:99999`, 'what is no address'],
    [`socks5://me:${canary}@127.0.0.1:1`, 'socks5://'],
  ] as const) {
    it(`refuses a proxy that it cannot speak to, naming the variable: ${found}`, async () => {
      await world('registry.example.test');
      const {code, stdout, stderr} = await promote(['--ca-file', ca], {HTTPS_PROXY: address});
      expect(code).to.equal(5);
      expect(stdout).to.include(
        `HTTPS_PROXY: expected http://HOST:PORT or https://HOST:PORT, found ${found}`,
      );
      expect(stdout + stderr).not.to.include(canary);
    });
  }

  it('gives up on a server that never answers within the time limits of the environment', async () => {
    await world();
    eu.faults.add({action: {stall: 'response'}});
    const {code, stdout} = await promote(['--ca-file', ca], {CORECTL_ANSWER_TIMEOUT: '0.2'});
    expect(code).to.equal(5);
    expect(stdout).to.match(/no answer within 200 ms/);
    expect((await promote([], {CORECTL_IDLE_TIMEOUT: 'soon'})).code).to.equal(2);
  });
});
