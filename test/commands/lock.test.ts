// Two runs for one tenant and stage: the second waits, or says whom it would have waited for.
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {reportSchema} from '../../src/lib/promotion/report.ts';
import {reached, type CliResult} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, registriesOfTest, tagged, type TestRegistry} from '../support/registry.ts';
import {describeSlow} from '../support/slow-tests.ts';

const from = 'tenant/payments/extended-test';
const to = 'tenant/payments/prod';

describe('corectl p2p promote --lock', function () {
  this.timeout(240_000);
  const registries = registriesOfTest();
  let dev: TestRegistry;
  let prod: TestRegistry;
  let home: PromotionHome;
  beforeEach(async () => {
    [dev, prod] = [await registries.start(), await registries.start()];
    home = await promotionHome({
      registries: {dev: dev.host, prod: prod.host},
      stages: {'extended-test': ['dev'], prod: ['prod']},
    });
    for (const name of ['a', 'b']) await pushImage(dev, `${from}/${name}`, '1', {seed: name});
  });
  afterEach(() => {
    home.remove();
  });

  const words = (image: string, ...more: string[]) => [
    ...['p2p', 'promote', image, '--tenant', 'payments', '--from-stage', 'extended-test', '--lock'],
    ...more,
  ];
  const git = (...args: string[]) =>
    execFileSync('git', args, {cwd: path.join(home.folder, 'repository')}).toString();
  const locks = () => git('for-each-ref', '--format=%(refname) %(contents)', 'refs/corectl');
  const errorOf = ({stdout}: CliResult) => reportSchema.parse(JSON.parse(stdout)).error;
  const uploads = () => prod.log.requests({method: 'POST'}).length;

  /** A promotion of `a` that stops in the middle until it is let go on. */
  async function held() {
    let goOn: (value: unknown) => void = () => undefined;
    const delayUntil = new Promise((resolve) => (goOn = resolve));
    prod.faults.add({method: 'PUT', path: /\/a\/manifests\//, action: {delayUntil}});
    const running = home.start(words('a:1'));
    await reached(running, prod.log.until({method: 'PUT', path: /\/a\/manifests\//}));
    return {...running, goOn};
  }

  it('keeps others away while it writes, and leaves nothing behind', async () => {
    const first = await held();
    expect(locks()).to.match(/^refs\/corectl\/locks\/payments\/prod [^]*"who":"[^"]+@/);
    const before = uploads();
    const second = await home.corectl(words('b:1', '--lock-timeout', '0', '--json'));
    expect([second.code, errorOf(second)?.code]).to.deep.equal([2, 'lock-busy']);
    expect(errorOf(second)?.message).to.match(
      /payments, prod: another promotion is under way, of .*@.* since 20/,
    );
    expect([uploads(), await tagged(prod, `${to}/b`, '1')]).to.deep.equal([before, undefined]);
    // reading needs no lock
    const dry = await home.corectl(words('b:1', '--dry-run'));
    expect(dry.code, dry.stderr).to.equal(0);

    const waiting = home.corectl(words('b:1'));
    first.goOn(undefined);
    expect((await first.result).code).to.equal(0);
    const third = await waiting;
    expect(third.code, third.stderr).to.equal(0);
    expect(await tagged(prod, `${to}/b`, '1')).to.match(/^sha256:/);
    expect(locks()).to.equal('');
  });

  it('is no success where somebody removed the lock meanwhile', async () => {
    const first = await held();
    git('update-ref', '-d', 'refs/corectl/locks/payments/prod');
    first.goOn(undefined);
    const {code, stdout} = await first.result;
    expect(code).to.equal(1);
    expect(stdout).to.contain('error[lock-lost]: payments, prod: the lock was gone at the end');
  });

  it('gives the lock back after Ctrl-C, and when the promotion fails', async () => {
    const first = await held();
    expect(locks()).to.not.equal('');
    first.child.kill('SIGINT');
    expect((await first.result).code).to.equal(130);
    expect(locks()).to.equal('');
    prod.faults.add({method: 'POST', path: /\/b\//, action: {status: 403}});
    expect((await home.corectl(words('b:1'))).code).to.equal(1);
    expect((await home.corectl(words('missing:1'))).code).to.equal(3);
    expect(locks()).to.equal('');
    first.goOn(undefined);
  });

  it('is held by all shards of a run together', async () => {
    const env = {CORECTL_RUN: 'nightly-17'};
    const file = path.join(home.folder, 'plan.json');
    const planning = words('a:1', ...['b:1', '--dry-run', '--save-plan', file]);
    expect((await home.corectl(planning)).code).to.equal(0);
    const shards = await Promise.all(
      ['1/2', '2/2'].map((shard) => home.corectl(['p2p', 'apply', file, '--lock', '--shard', shard], {env})),
    );
    expect(
      shards.map(({code}) => code),
      shards.map(({stderr}) => stderr).join(),
    ).to.deep.equal([0, 0]);
    expect(await tagged(prod, `${to}/b`, '1')).to.match(/^sha256:/);
    expect(locks()).to.equal('');
  });

  it('writes nothing where the lock may not be written, or there is nowhere to write it', async () => {
    git('config', 'receive.hideRefs', 'refs/corectl');
    const refused = await home.corectl(words('a:1', '--json'));
    expect([refused.code, errorOf(refused)?.code]).to.deep.equal([2, 'lock-refused']);
    expect(errorOf(refused)?.suggestions.join()).to.contain('contents: write');
    git('config', '--unset', 'receive.hideRefs');
    const hook = path.join(git('rev-parse', '--absolute-git-dir').trim(), 'hooks', 'pre-receive');
    mkdirSync(path.dirname(hook), {recursive: true});
    writeFileSync(hook, '#!/bin/sh\necho not on Fridays >&2; exit 1\n', {mode: 0o755});
    const onFriday = errorOf(await home.corectl(words('a:1', '--json')));
    expect([onFriday?.code, onFriday?.message.split(': ').pop()]).to.deep.equal([
      'lock-refused',
      'not on Fridays (pre-receive hook declined)',
    ]);
    const explicit = await home.corectl([
      ...['p2p', 'promote', 'a:1', '--lock', '--json', '--source-registry', dev.host, '--source-stage', from],
      ...['--dest-registry', prod.host, '--dest-stage', to],
    ]);
    expect([explicit.code, errorOf(explicit)?.code]).to.deep.equal([2, 'usage']);
    expect(uploads()).to.equal(0);
  });

  describeSlow('after a run that was killed', () => {
    it('is taken over once that has been silent for a minute and a half', async () => {
      const first = await held();
      first.child.kill('SIGKILL');
      await first.result;
      expect(locks()).to.not.equal('');
      const started = performance.now();
      const {code, stderr} = await home.corectl(words('b:1'), {timeoutMs: 230_000});
      expect(code, stderr).to.equal(0);
      expect(performance.now() - started).to.be.at.least(90_000);
      expect(stderr).to.contain('waiting for another promotion of payments, prod');
      expect(locks()).to.equal('');
    });
  });
});
