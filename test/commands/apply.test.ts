// A plan that is saved by a dry run, and carried out later: exactly that, or not at all.
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {reportSchema} from '../../src/lib/promotion/report.ts';
import {digestOf} from '../../src/lib/oci/digest.ts';
import type {SavedPlan} from '../../src/lib/saved-plans/saved-plan.ts';
import {commit} from '../support/git.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, pushIndex, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';
import {signImage, testKey} from '../support/signatures.ts';

const from = 'tenant/payments/extended-test/app';
const to = 'tenant/payments/prod/app';

describe('corectl p2p apply', function () {
  this.timeout(120_000);
  let registries: Record<'dev' | 'eu' | 'us', TestRegistry>;
  let home: PromotionHome;
  let file: string;

  beforeEach(async () => {
    registries = {
      dev: await startTestRegistry(),
      eu: await startTestRegistry(),
      us: await startTestRegistry(),
    };
    home = await promotionHome({registries: hosts(), stages});
    file = path.join(home.folder, 'plan.json');
  });
  afterEach(async () => {
    home.remove();
    await Promise.all(Object.values(registries).map((registry) => registry.close()));
  });

  const stages = {'extended-test': ['dev'], prod: ['prod-eu', 'prod-us']};
  const hosts = () => ({
    dev: registries.dev.host,
    'prod-eu': registries.eu.host,
    'prod-us': registries.us.host,
  });
  const save = (...more: string[]) =>
    home.corectl([
      ...['p2p', 'promote', 'app:1.2.3', '--tenant', 'payments', '--from-stage', 'extended-test'],
      ...['--dry-run', '--save-plan', file, ...more],
    ]);
  const saved = async (...more: string[]) => {
    const {code, stderr} = await save(...more);
    expect(code, stderr).to.equal(0);
  };
  const apply = (...more: string[]) => home.corectl(['p2p', 'apply', file, ...more]);
  const applied = async (...more: string[]) => {
    const {code, stdout, stderr} = await apply('--json', ...more);
    const document = JSON.parse(stdout) as {drift: {side: string; what: string}[]};
    return {code, stderr, report: reportSchema.parse(document), drift: document.drift};
  };
  const there = async (tag = '1.2.3') => [
    await tagged(registries.eu, to, tag),
    await tagged(registries.us, to, tag),
  ];
  const writes = () =>
    Object.values(registries).flatMap(({log}) =>
      log.requests().filter(({method}) => method !== 'GET' && method !== 'HEAD'),
    );
  const change = (edit: (plan: SavedPlan) => void, {checksum = true} = {}) => {
    const plan = JSON.parse(readFileSync(file, 'utf8')) as SavedPlan;
    edit(plan);
    const {checksum: old, ...rest} = plan;
    const sum = checksum ? digestOf(Buffer.from(JSON.stringify(rest))) : old;
    const {corectlPlan, ...others} = rest;
    writeFileSync(file, JSON.stringify({corectlPlan, checksum: sum, ...others}));
  };

  it('says that the folder of the plan is missing, which is no bug', async () => {
    await pushIndex(registries.dev, from, '1.2.3');
    file = path.join(home.folder, 'missing/plan.json');
    const {code, stderr} = await save();
    expect(code, stderr).to.equal(2);
    expect(stderr)
      .to.contain(`error[file-system]: cannot save the plan as ${file}: there is no such folder`)
      .and.to.not.contain('bug');
  });

  it('does what was planned, by the digests that were planned', async () => {
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    const planning = await save('--tag', 'live');
    expect([planning.code, planning.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 0 && text.includes(`corectl p2p apply ${file}`),
    );
    expect(writes()).to.deep.equal([]);
    const plan = JSON.parse(readFileSync(file, 'utf8')) as SavedPlan;
    expect(plan.images[0]).to.include({image: 'app:1.2.3', digest});
    expect(
      plan.images[0]!.destinations.map(({environment, status}) => `${environment} ${status}`),
    ).to.deep.equal(['prod-eu would-promote', 'prod-us would-promote']);

    const {code, report, drift} = await applied();
    expect([code, report.dryRun, report.images[0]?.digest, drift]).to.deep.equal([0, false, digest, []]);
    expect(report.images[0]!.destinations.map(({status}) => status)).to.deep.equal(['promoted', 'promoted']);
    expect([...(await there()), ...(await there('live'))]).to.deep.equal([digest, digest, digest, digest]);
  });

  it('tells in text what it does, and once more that nothing is left', async () => {
    await pushIndex(registries.dev, from, '1.2.3');
    await saved();
    const first = await apply();
    expect(first.code, first.stderr).to.equal(0);
    expect(first.stdout).to.contain('2 destinations promoted');
    // what is where it is to be has not moved
    const second = await apply();
    expect([second.code, second.stdout.includes('2 destinations up to date already')]).to.deep.equal([
      0,
      true,
    ]);
  });

  it('refuses where the source tag has moved, and writes nothing', async () => {
    const planned = await pushIndex(registries.dev, from, '1.2.3');
    await saved();
    const before = writes().length;
    const moved = await pushIndex(registries.dev, from, '1.2.3', {seed: 'moved'});
    const pushed = writes().length - before;
    const {code, report, drift, stderr} = await applied();
    expect([code, report.error?.code, report.exitCode]).to.deep.equal([6, 'plan-drift', 6]);
    expect(report.error!.suggestions[0]).to.contain(
      `extended-test/app:1.2.3: expected ${planned.digest}, found ${moved.digest}`,
    );
    expect(drift.map(({side}) => side)).to.deep.equal(['source']);
    expect(stderr).to.contain('does not hold any more');
    expect([await there(), writes().length - before]).to.deep.equal([[undefined, undefined], pushed]);

    const text = await apply();
    expect([text.code, text.stdout.includes('promoted')]).to.deep.equal([6, false]);

    const allowed = await applied('--allow-drift');
    expect(allowed.code, allowed.stderr).to.equal(0);
    expect(allowed.stderr).to.contain('moved since the plan was saved: source');
    expect(await there()).to.deep.equal([planned.digest, planned.digest]);
  });

  it('refuses where a destination has moved, a floating tag included', async () => {
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    await pushImage(registries.eu, to, 'live', {seed: 'old'});
    await saved('--tag', 'live');
    await pushImage(registries.us, to, 'live', {seed: 'meanwhile'});
    const {code, report, drift} = await applied();
    expect([code, report.error?.code]).to.deep.equal([6, 'plan-drift']);
    expect(drift).to.have.length(1);
    expect(drift[0]).to.include({
      side: 'destination',
      what: `${registries.us.host}/${to}:live`,
      expected: null,
    });
    // its own tag with another digest is the conflict that it always is, and no flag of this command moves it
    await pushImage(registries.us, to, '1.2.3', {seed: 'other'});
    for (const flags of [[], ['--allow-drift']]) {
      const conflict = await applied(...flags);
      expect([conflict.code, conflict.report.error?.code]).to.deep.equal([4, 'conflict']);
      expect(conflict.drift.map(({what}) => what)).to.include(`${registries.us.host}/${to}:1.2.3`);
    }
    expect(await tagged(registries.eu, to, '1.2.3')).to.equal(undefined);
    expect(digest).to.be.a('string');
  });

  it('refuses where the environments repository has moved; with --allow-drift never to a place that was not in it', async () => {
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    await saved('-e', 'prod-eu', '-e', 'prod-us');
    const repository = path.join(home.folder, 'repository');
    const moved = registries.us.host;
    commit(repository, {
      'environments/prod-us/config.yaml': `environment: prod-us\nregistry: {url: "${moved}/elsewhere/{tenant}/{stage}", credentials: docker}\n`,
    });
    expect((await home.corectl(['update'])).code).to.equal(0);
    const {code, report, drift} = await applied();
    expect([code, report.error?.code]).to.deep.equal([6, 'plan-drift']);
    expect(drift.map(({side}) => side)).to.deep.equal([
      'environments-repository',
      'destination',
      'destination',
    ]);
    expect(await there()).to.deep.equal([undefined, undefined]);
    expect((await applied('--allow-drift')).code).to.equal(0);
    expect(await there()).to.deep.equal([digest, undefined]);
    expect(await tagged(registries.us, 'elsewhere/payments/prod/app', '1.2.3')).to.equal(undefined);
  });

  /** Begins anew with an environments repository in which prod demands a signature with the key. */
  const demandSignature = async (pem: string) => {
    home.remove();
    home = await promotionHome({
      registries: hosts(),
      stages: {},
      files: {
        'corectl.yaml':
          'p2p:\n  trust: {build: {key: build.pub}}\n  extended-test: {default-envs: [dev]}\n  prod: {default-envs: [prod-eu], require: {signed: build}}\n',
        'build.pub': pem,
      },
    });
    file = path.join(home.folder, 'plan.json');
  };

  it('still asks what a stage demands', async () => {
    const build = testKey();
    await demandSignature(build.pem);
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    expect((await save()).code).to.equal(6);
    expect(existsSync(file), 'a plan that cannot be carried out').to.equal(false);
    const site = {name: 'dev', registry: registries.dev, path: 'tenant/payments/extended-test'};
    await signImage(site, digest, {key: build});
    await saved();
    // the signature's tag
    registries.dev.faults.add({path: /\/manifests\/sha256-/, action: {status: 404}});
    const {code, report} = await applied();
    expect([code, report.error?.code]).to.deep.equal([6, 'policy']);
  });

  it('keeps no reason for which what is demanded was not shown: that is given again, or not', async () => {
    await demandSignature(testKey().pem);
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    await saved('--override-policy', 'incident 7');
    expect(readFileSync(file, 'utf8')).not.to.contain('incident 7');
    expect((await applied()).code).to.equal(6);
    change((plan) => Object.assign(plan.manner, {override: 'incident 7'}));
    expect((await applied()).code).to.be.oneOf([2, 6]);
    expect(await tagged(registries.eu, to, '1.2.3')).to.equal(undefined);
    await saved('--override-policy', 'incident 7');
    const {code, report} = await applied('--override-policy', 'incident 8');
    expect([code, report.images[0]?.policy?.override]).to.deep.equal([0, 'incident 8']);
    expect(await tagged(registries.eu, to, '1.2.3')).to.equal(digest);
  });

  it('asks what whoever applies it demands, of a plan that names registries and no policy any more', async () => {
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    const build = testKey();
    const policy = path.join(home.folder, 'policy.yaml');
    writeFileSync(path.join(home.folder, 'build.pub'), build.pem);
    writeFileSync(policy, 'trust: {build: {key: build.pub}}\nrequire: {signed: build}\n');
    const {code, stderr} = await home.corectl([
      ...['p2p', 'promote', 'app:1.2.3', '--source-registry', `${registries.dev.host}/tenant/payments`],
      ...['--source-stage', 'extended-test', '--dest-registry', `${registries.eu.host}/tenant/payments`],
      ...['--dest-stage', 'prod', '--dry-run', '--save-plan', file],
    ]);
    expect(code, stderr).to.equal(0);
    expect((await applied('--policy', policy)).report.error?.code).to.equal('policy');
    expect(await tagged(registries.eu, to, '1.2.3')).to.equal(undefined);
    const site = {name: 'dev', registry: registries.dev, path: 'tenant/payments/extended-test'};
    await signImage(site, digest, {key: build});
    expect((await applied('--policy', policy)).code).to.equal(0);
    await saved();
    expect((await applied('--policy', policy)).code).to.equal(2);
  });

  it('tells an image that is gone, and a registry that is, as a promotion does', async () => {
    await pushIndex(registries.dev, from, '1.2.3');
    await saved();
    registries.us.faults.add({path: /\/manifests\//, action: {status: 403}});
    expect((await applied()).code).to.equal(5);
    registries.dev.faults.add({path: /\/manifests\//, action: {status: 404}});
    expect((await applied()).code).to.equal(3);
    expect(await tagged(registries.eu, to, '1.2.3')).to.equal(undefined);
  });

  it('refuses what is not as it was written, with exit code 2 and before any registry is asked', async () => {
    await pushIndex(registries.dev, from, '1.2.3');
    await saved();
    const whole = readFileSync(file, 'utf8');
    const asked = () => Object.values(registries).reduce((sum, {log}) => sum + log.requests().length, 0);
    const before = asked();
    const refused = async (why: RegExp) => {
      const {code, report} = await applied('--allow-drift');
      expect([code, report.error?.code, report.ok]).to.deep.equal([2, 'invalid-plan', false]);
      expect(report.error?.message).to.match(why);
      writeFileSync(file, whole);
    };
    // every other way to spoil it is tried on the file's reader, without starting corectl for each
    writeFileSync(file, whole.slice(0, -20));
    await refused(/no whole JSON/);
    change((plan) => (plan.images[0]!.digest = digestOf(Buffer.from('evil'))), {checksum: false});
    await refused(/edited/);
    // well made, and yet not what its request leads to
    change((plan) => (plan.images[0]!.destinations[0]!.reference = 'evil.example.com/app:1.2.3'));
    await refused(/does not follow/);
    change((plan) => plan.images[0]!.destinations.pop());
    await refused(/does not follow/);
    change((plan) => (plan.images[0]!.image = 'other:1.2.3'));
    await refused(/does not follow/);
    expect(asked(), 'requests').to.equal(before);
    writeFileSync(file, whole.replaceAll('\n', ' '));
    expect((await applied('--dry-run')).code, 'laid out anew').to.equal(0);
    file = path.join(home.folder, 'absent.json');
    const {code, report} = await applied();
    expect([code, report.error?.code]).to.deep.equal([2, 'invalid-plan']);
  });

  it('takes no digest from a file that its source does not have under that tag', async () => {
    await pushIndex(registries.dev, from, '1.2.3');
    const other = await pushIndex(registries.dev, from, 'unreviewed', {seed: 'unreviewed'});
    await saved();
    change((plan) => (plan.images[0]!.digest = other.digest));
    const {code, report} = await applied();
    expect([code, report.error?.code]).to.deep.equal([6, 'plan-drift']);
  });

  it('takes no other digest for an image than it is named by', async () => {
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    const other = await pushIndex(registries.dev, from, 'other', {seed: 'other'});
    const named = `app:1.2.3@${digest}`;
    const {code, stderr} = await home.corectl([
      ...['p2p', 'promote', named, '--tenant', 'payments', '--from-stage', 'extended-test'],
      ...['--dry-run', '--save-plan', file],
    ]);
    expect(code, stderr).to.equal(0);
    change((plan) => (plan.images[0]!.digest = other.digest));
    for (const flags of [[], ['--allow-drift']]) {
      const {report} = await applied(...flags);
      expect([report.exitCode, report.error?.code]).to.deep.equal([2, 'invalid-plan']);
    }
    expect(await there()).to.deep.equal([undefined, undefined]);
    expect(writes()).to.deep.equal([]);
  });

  it('writes a plan to where a link leads, and never in the place of a device or a pipe', async () => {
    await pushIndex(registries.dev, from, '1.2.3');
    const kept = path.join(home.folder, 'kept.json');
    writeFileSync(kept, 'old', {mode: 0o600});
    symlinkSync(kept, file);
    await saved();
    expect(lstatSync(file).isSymbolicLink()).to.equal(true);
    expect(JSON.parse(readFileSync(kept, 'utf8'))).to.include({corectlPlan: 1});
    expect(statSync(kept).mode & 0o777).to.equal(0o600);
    file = path.join(home.folder, 'pipe');
    execFileSync('mkfifo', [file]);
    const {code, stdout} = await save('--json');
    expect([code, reportSchema.parse(JSON.parse(stdout)).error?.code]).to.deep.equal([2, 'file-system']);
    expect(statSync(file).isFIFO()).to.equal(true);
  });

  it('saves whole or not at all, and only what a dry run found to be possible', async () => {
    expect((await save()).code, 'no image').to.equal(3);
    expect(existsSync(file)).to.equal(false);
    await pushIndex(registries.dev, from, '1.2.3');
    writeFileSync(file, 'of another run');
    await pushImage(registries.us, to, '1.2.3', {seed: 'other'});
    const refused = await save();
    expect([refused.code, readFileSync(file, 'utf8')]).to.deep.equal([4, 'of another run']);
    expect(refused.stderr).to.contain('not saved');
    const closed = path.join(home.folder, 'closed');
    mkdirSync(closed);
    file = closed;
    expect((await save('--overwrite')).code, 'a folder').to.not.equal(0);
    expect(readdirSync(closed)).to.deep.equal([]);
    file = path.join(closed, 'plan.json');
    await saved('--overwrite');
    expect(readdirSync(closed)).to.deep.equal(['plan.json']);
    expect((await applied()).code).to.equal(0);
    chmodSync(closed, 0o755);
    const alone = await home.corectl([
      ...['p2p', 'promote', 'app:1.2.3', '--tenant', 'payments', '--from-stage', 'extended-test'],
      ...['--save-plan', file],
    ]);
    expect(alone.code, 'without --dry-run').to.equal(2);
  });

  it('works with both registries given', async () => {
    const {digest} = await pushIndex(registries.dev, from, '1.2.3');
    const planning = await home.corectl([
      ...['p2p', 'promote', 'app:1.2.3', '--source-registry', `${registries.dev.host}/tenant/payments`],
      ...['--source-stage', 'extended-test', '--dest-registry', `${registries.eu.host}/tenant/payments`],
      ...['--dest-stage', 'prod', '--dry-run', '--save-plan', file],
    ]);
    expect(planning.code, planning.stderr).to.equal(0);
    const {code, report} = await applied();
    expect([code, report.tenant]).to.deep.equal([0, null]);
    expect(await tagged(registries.eu, to, '1.2.3')).to.equal(digest);
  });
});
