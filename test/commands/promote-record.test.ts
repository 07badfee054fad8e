// Promotions that leave records, and stages that demand them.
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {RemoteRepository} from '../../src/lib/copy/remote-repository.ts';
import {gatherEvidence} from '../../src/lib/evidence/evidence.ts';
import {historyOf} from '../../src/lib/record/history.ts';
import {sessionWith} from '../support/promotion.ts';
import {recordingHome, type RecordingHome} from '../support/recording-home.ts';
import type {TestRegistry} from '../support/registry.ts';
import {testKey} from '../support/signatures.ts';
import {plant} from '../support/canary.ts';

const pipeline = testKey();
const policyOfAnother =
  'trust: {}\nrecord: {key: env://SECRET_OF_ANOTHER}\nrequire: {platforms: linux/amd64}\n';
const errorCode = (stdout: string) => (JSON.parse(stdout) as {error: {code: string} | null}).error?.code;
const ci = {
  GITHUB_SERVER_URL: 'https://ada:canary-password@github.com',
  GITHUB_REPOSITORY: 'acme/payments',
  GITHUB_RUN_ID: '4711',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_ACTOR: 'ada',
};

describe('corectl p2p promote, recorded', function () {
  this.timeout(120_000);
  let home: RecordingHome;

  const open = async (record: string, keys = ['env://PIPELINE_KEY']) => {
    home = await recordingHome({
      record,
      trust: '{pipeline: {key: keys/pipeline.pub}}',
      demands: ['platforms: linux/amd64'],
      files: {'keys/pipeline.pub': pipeline.pem},
      consent: {'record-key': keys},
    });
  };
  afterEach(() => home.close());

  const recordsAt = async (registry: TestRegistry, stage: string) => {
    const site = {name: 'any', registry, path: `tenant/payments/${stage}`};
    const {claims} = await gatherEvidence(new RemoteRepository(sessionWith(site, 'app')), home.digest);
    return (await historyOf(claims, home.digest, new Map())).map(({promotion}) => promotion);
  };
  const writes = () =>
    Object.values(home.registries).flatMap(({log}) =>
      log.requests().filter(({method}) => method !== 'GET' && method !== 'HEAD'),
    );

  it('says who, what, when, from where to where and under which policy, and satisfies the next stage', async () => {
    await open('{key: env://PIPELINE_KEY, compatible: cosign2}');
    plant(pipeline.privatePem);
    const env = {PIPELINE_KEY: pipeline.privatePem, ...ci};
    expect((await home.promote('extended-test', env)).exitCode).to.equal(3);
    expect((await home.promote('fast-feedback', env)).exitCode).to.equal(0);
    const second = await home.promote('extended-test', env);
    expect([second.exitCode, second.record]).to.deep.equal([0, 'written']);
    const [first, last] = await recordsAt(home.registries.eu, 'prod');
    expect(first).to.deep.include({fromStage: 'fast-feedback', tenant: 'payments', image: 'app'});
    expect(last?.run).to.deep.equal({
      uri: 'https://github.com/acme/payments/actions/runs/4711',
      id: '4711',
      attempt: '2',
      actor: 'ada',
    });
    expect(last?.environments?.repository).to.equal(path.join(home.folder, 'repository'));
    expect(last?.environments?.commit).to.match(/^[0-9a-f]{40}$/);
    expect(last?.policy.results.map(({rule, at, passed}) => [rule, at, passed])).to.deep.equal([
      ['promoted: pipeline', 'corectl.yaml:6', true],
      ['platforms: linux/amd64', 'corectl.yaml:6', true],
    ]);
    const before = writes().length;
    expect((await home.promote('extended-test', env)).images[0]?.destinations[0]).to.deep.include({
      status: 'up-to-date',
      record: {status: 'there', digest: null},
    });
    expect(writes()).to.have.length(before);
  });

  it('is refused without its key, before anybody is asked, in a dry run too', async () => {
    await open('{key: env://PIPELINE_KEY}');
    for (const args of [[], ['--dry-run']]) {
      const {exitCode, error} = await home.promote('fast-feedback', {}, ...args);
      expect([exitCode, error?.code]).to.deep.equal([2, 'invalid-signing-key']);
      expect(error?.suggestions.join()).to.contain('PIPELINE_KEY');
    }
    const {exitCode, error} = await home.promote('fast-feedback', {PIPELINE_KEY: 'canary-secret-key'});
    expect(exitCode).to.equal(2);
    expect(JSON.stringify(error)).not.to.contain('canary');
    expect(home.registries.dev.log.requests()).to.deep.equal([]);
    expect((await home.promote('fast-feedback', {}, '--dry-run', '--offline')).exitCode).to.equal(0);
  });

  it('is refused where it is not understood how to record, and not promoted without', async () => {
    await open('{kee: env://PIPELINE_KEY}');
    const {exitCode, error} = await home.promote('fast-feedback', {});
    expect([exitCode, error?.code]).to.deep.equal([2, 'invalid-policy']);
    expect(error?.suggestions.join()).to.contain('corectl.yaml:2');
  });

  it('takes its key from a file', async () => {
    await open('{key: key.pem}', []);
    writeFileSync(path.join(home.folder, 'home', 'key.pem'), pipeline.privatePem, {mode: 0o600});
    const allowed = ['--record-key', 'key.pem'];
    const {images} = await home.promote('fast-feedback', {}, ...allowed);
    expect(images[0]?.destinations[0]?.record?.status).to.equal('written');
  });

  it('signs with no variable or file that the user does not allow, whoever says so, and asks nobody', async () => {
    await open('{key: env://SECRET_OF_ANOTHER}');
    writeFileSync(path.join(home.folder, 'policy.yaml'), policyOfAnother);
    const env = {SECRET_OF_ANOTHER: pipeline.privatePem, PIPELINE_KEY: pipeline.privatePem};
    const refused = await home.promote('fast-feedback', env);
    expect([refused.exitCode, refused.error?.code]).to.deep.equal([2, 'untrusted-key']);
    expect(refused.error?.suggestions.join()).to.contain('--record-key env://SECRET_OF_ANOTHER');
    const registry = `${home.registries.dev.host}/tenant/payments`;
    const explicit = await home.corectl(
      [
        ...['p2p', 'promote', 'app:1.0.0', '--source-registry', registry],
        ...['--source-stage', 'fast-feedback', '--dest-registry', registry, '--dest-stage', 'extended-test'],
        ...['--policy', path.join(home.folder, 'policy.yaml'), '--json'],
      ],
      {env},
    );
    expect([explicit.code, errorCode(explicit.stdout)]).to.deep.equal([2, 'untrusted-key']);
    expect(home.registries.dev.log.requests()).to.deep.equal([]);
    const allowed = await home.promote('fast-feedback', env, '--record-key', 'env://SECRET_OF_ANOTHER');
    expect(allowed.images[0]?.destinations[0]?.record?.status).to.equal('written');
  });

  it('signs with the variable that is for nothing else without more ado', async () => {
    await open('{key: env://CORECTL_RECORD_KEY}', []);
    const {images} = await home.promote('fast-feedback', {CORECTL_RECORD_KEY: pipeline.privatePem});
    expect(images[0]?.destinations[0]?.record?.status).to.equal('written');
  });

  it('has the reason for which what is demanded was not shown, which no variable gives', async () => {
    await open('unsigned');
    await home.promote('fast-feedback', {});
    const variables = {
      CORECTL_OVERRIDE_POLICY: 'x',
      OVERRIDE_POLICY: 'x',
      CORECTL_P2P_PROMOTE_OVERRIDE_POLICY: 'x',
    };
    expect((await home.promote('extended-test', variables)).exitCode).to.equal(6);
    expect((await home.promote('extended-test', {}, '--override-policy', ' ')).exitCode).to.equal(2);
    const report = await home.promote('extended-test', {}, '--override-policy', 'incident 7, ada agreed');
    expect([report.exitCode, report.images[0]?.policy?.override]).to.deep.equal([
      0,
      'incident 7, ada agreed',
    ]);
    expect(await home.tagAt('eu', 'prod')).to.equal(home.digest);
    const record = (await recordsAt(home.registries.eu, 'prod')).find(
      ({fromStage}) => fromStage === 'extended-test',
    );
    expect(record?.policy.override).to.equal('incident 7, ada agreed');
    expect(record?.policy.results.map(({passed}) => passed)).to.deep.equal([false, true]);
    const {stdout} = await home.corectl([
      ...['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', 'extended-test'],
      ...['--override-policy', 'incident 7'],
    ]);
    expect(stdout).to.contain('policy 1 of 2 rules satisfied, overridden: incident 7');
  });
});
