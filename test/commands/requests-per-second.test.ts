// What a registry allows is kept: every request counts at the host that it goes to.
import {expect} from 'chai';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {
  pushImage,
  redirectBlobs,
  registriesOfTest,
  startObjectStore,
  type TestRegistry,
} from '../support/registry.ts';
import type {LoggedRequest} from '../../src/lib/registry/request-log.ts';

const from = 'tenant/payments/extended-test';

describe('requests per second', function () {
  this.timeout(240_000);
  const registries = registriesOfTest();
  let home: PromotionHome;
  afterEach(() => {
    home.remove();
  });

  async function homeWith(dev: TestRegistry, prod: TestRegistry, password?: string): Promise<void> {
    home = await promotionHome({
      registries: {dev: dev.host, prod: prod.host},
      stages: {'extended-test': ['dev'], prod: ['prod']},
      ...(password !== undefined && {logins: {[prod.host]: ['robot', password]}}),
    });
  }

  const promote = (images: readonly string[], ...more: string[]) =>
    home.corectl(
      ['p2p', 'promote', ...images, '--tenant', 'payments', '--from-stage', 'extended-test', ...more],
      {timeoutMs: 200_000},
    );

  /**
   * Expects that the nth request came no earlier than n turns after the beginning: it holds however slow a machine is, and
   * a process that does not wait for its turns is far ahead of it.
   */
  function expectPaced(requests: readonly LoggedRequest[], started: number, perSecond: number): void {
    const times = requests.map(({startedAt}) => startedAt).sort((one, other) => one - other);
    for (const [turn, time] of times.entries())
      // the log's clock has whole milliseconds
      expect(time - started + 2, `request ${turn + 1}`).to.be.at.least((turn * 1000) / perSecond);
  }

  it('are kept by reads, uploads and tokens, each at its own host', async () => {
    const password = 'password-of-paced-robot';
    const dev = await registries.start();
    const prod = await registries.start({
      auth: {kind: 'bearer', users: [{name: 'robot', password}], ownOrigin: true},
    });
    const images = ['a', 'b', 'c', 'd'];
    for (const name of images) await pushImage(dev, `${from}/${name}`, '1', {seed: name, layers: 3});
    await homeWith(dev, prod, password);
    const store = registries.closing(await startObjectStore(dev));
    dev.faults.add(redirectBlobs(store));
    const tokens = new URL(prod.tokens!.url).host;
    const storeHost = new URL(store.url).host;
    const rates = [`${dev.host}=20`, `${prod.host}=16`, `${tokens}=2`, `${storeHost}=10`];
    const started = Date.now();
    const {code, stderr} = await promote(
      images.map((name) => `${name}:1`),
      ...rates.flatMap((rate) => ['--requests-per-second', rate]),
    );
    expect(code, stderr).to.equal(0);
    expectPaced(dev.log.requests(), started, 20);
    // uploads among them: many of each
    expect(prod.log.requests({method: 'PUT'}).length).to.be.at.least(16);
    expect(prod.log.requests().length).to.be.at.least(48);
    expectPaced(prod.log.requests(), started, 16);
    expect(prod.tokens!.log!.requests().length).to.be.at.least(4);
    expectPaced(prod.tokens!.log!.requests(), started, 2);
    expect(store.log.requests().length).to.be.at.least(16);
    expectPaced(store.log.requests(), started, 10);
  });

  it('are shared by all shards', async () => {
    const [dev, prod] = [await registries.start(), await registries.start()];
    for (const name of ['a', 'b', 'c', 'd'])
      await pushImage(dev, `${from}/${name}`, '1', {seed: name, layers: 3});
    await homeWith(dev, prod);
    const images = ['a:1', 'b:1', 'c:1', 'd:1'];
    const started = Date.now();
    const {code, stderr} = await promote(
      images,
      ...['--shard', '1/4', '--requests-per-second', `${prod.host}=12`],
      ...['--requests-per-second', 'nobody.example.com=1'],
    );
    expect(code, stderr).to.equal(0);
    expect(prod.log.requests().length).to.be.at.least(8);
    expectPaced(prod.log.requests(), started, 3);
    expect(stderr).to.contain('no request went to nobody.example.com');
  });

  it('are refused where they make no sense, before anybody is asked', async () => {
    const [dev, prod] = [await registries.start(), await registries.start()];
    await homeWith(dev, prod);
    for (const rates of [
      ['a.example.com'],
      ['=3'],
      ['a b=3'],
      ['a.io=0'],
      ['a.io=-1'],
      ['a.io=1', 'A.io=2'],
    ]) {
      const {code} = await promote(['a:1'], ...rates.flatMap((rate) => ['--requests-per-second', rate]));
      expect(code, rates.join()).to.equal(2);
    }
    expect([...dev.log.requests(), ...prod.log.requests()]).to.deep.equal([]);
  });
});
