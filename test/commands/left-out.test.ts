import {expect} from 'chai';
import type {Report} from '../../src/lib/promotion/report.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, startTestRegistry, type TestRegistry} from '../support/registry.ts';

const line = 'Left out: prod-us (prod): not enabled';
const entry = {environment: 'prod-us', stage: 'prod', reason: 'not enabled'};

describe('an environment that is not enabled', () => {
  let registry: TestRegistry;
  let home: PromotionHome;
  before(async () => {
    registry = await startTestRegistry();
    const {host} = registry;
    await pushImage(registry, 'tenant/payments/extended-test/app', '1.0');
    home = await promotionHome({
      registries: {dev: host, 'prod-eu': host, 'prod-us': host},
      stages: {'extended-test': ['dev'], prod: ['prod-eu', 'prod-us']},
      files: {'environments/environments.yaml': 'enabled: [dev, prod-eu]\n'},
    });
  });
  after(async () => {
    home.remove();
    await registry.close();
  });

  const promote = (...flags: string[]) =>
    home.corectl([
      'p2p',
      'promote',
      'app:1.0',
      '--tenant',
      'payments',
      '--from-stage',
      'extended-test',
      ...flags,
    ]);

  for (const flags of [['--dry-run', '--offline'], ['--dry-run'], []])
    it(`is told in text and JSON by p2p promote ${flags.join(' ')}`, async () => {
      const text = await promote(...flags);
      expect(text.code, text.stderr).to.equal(0);
      expect(text.stdout.split('\n')).to.include(line);
      const {images} = JSON.parse((await promote(...flags, '--json')).stdout) as Report;
      expect(images.map(({leftOut}) => leftOut)).to.deep.equal([[entry]]);
      expect(images[0]?.destinations.map(({environment}) => environment)).to.deep.equal(['prod-eu']);
    });

  it('is told in text and JSON by p2p stages --tenant', async () => {
    const stages = ['p2p', 'stages', '--tenant', 'payments'];
    expect((await home.corectl(stages)).stdout.split('\n')).to.include(line);
    const {leftOut} = JSON.parse((await home.corectl([...stages, '--json'])).stdout) as {leftOut: unknown};
    expect(leftOut).to.deep.equal([entry]);
  });

  it('is told by what reads: matrix, status, auth check and history', async () => {
    const to = ['--tenant', 'payments'];
    const matrix = await home.corectl(['p2p', 'matrix', ...to, '--stage', 'prod']);
    expect([matrix.code, matrix.stderr]).to.deep.equal([0, `${line}\n`]);
    expect(JSON.parse(matrix.stdout)).to.have.nested.property('include.length', 1);
    const status = ['p2p', 'status', 'app:1.0', ...to];
    expect((await home.corectl(status)).stdout.split('\n')).to.include(line);
    const {leftOut} = JSON.parse((await home.corectl([...status, '--json'])).stdout) as {leftOut: unknown};
    expect(leftOut).to.deep.equal([entry]);
    expect((await home.corectl(['auth', 'check', ...to])).stderr.split('\n')).to.include(line);
    expect((await home.corectl(['p2p', 'history', 'app', ...to])).stderr.split('\n')).to.include(line);
  });

  it('is refused where it is named, as is a name that leads nowhere in auth check', async () => {
    expect((await promote('-e', 'prod-us')).code).to.equal(2);
    const check = ['auth', 'check', '--tenant', 'payments', '-e', 'prod-eu', '-e', 'prod-us'];
    const {code, stderr} = await home.corectl(check);
    expect(code).to.equal(2);
    expect(stderr).to.contain('no enabled environment for prod-us');
  });

  it('and an empty --tenant are told apart from what the variables say', async () => {
    const args = ['p2p', 'promote', 'app:1.0', '--from-stage', 'extended-test', '--tenant', ''];
    const {code, stderr} = await home.corectl(args, {env: {TENANT_NAME: 'payments'}});
    expect(code).to.equal(2);
    expect(stderr).to.contain('--tenant is empty');
  });
});
