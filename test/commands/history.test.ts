// What the records beside an image tell, and the way back that they know.
import {expect} from 'chai';
import type {Report} from '../../src/lib/promotion/report.ts';
import {promotionPredicate} from '../../src/lib/record/promotion.ts';
import {statusSchema} from '../../src/lib/status/report.ts';
import {recordedPromotion} from '../support/recorded-promotion.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushIndex, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';
import {attest, testKey} from '../support/signatures.ts';

const [pipeline, build] = [testKey(), testKey()];
const repository = (stage: string) => `tenant/payments/${stage}/app`;
const settings = (record: string) => `p2p:
  record: ${record}
  trust: {pipeline: {key: keys/pipeline.pub}, build: {key: keys/build.pub}}
  fast-feedback: {default-envs: [dev]}
  extended-test: {default-envs: [dev]}
  prod: {default-envs: [prod-eu, prod-us], require: {promoted: pipeline}}
`;

describe('corectl p2p history and rollback', function () {
  this.timeout(180_000);
  let registries: Record<'dev' | 'eu' | 'us', TestRegistry>;
  let home: PromotionHome;

  const open = async (record = '{key: "env://PIPELINE_KEY"}') => {
    registries = {
      dev: await startTestRegistry(),
      eu: await startTestRegistry(),
      us: await startTestRegistry(),
    };
    const {dev, eu, us} = registries;
    home = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': eu.host, 'prod-us': us.host},
      stages: {},
      files: {
        'corectl.yaml': settings(record),
        'keys/pipeline.pub': pipeline.pem,
        'keys/build.pub': build.pem,
      },
      consent: ['--record-key', 'env://PIPELINE_KEY'],
    });
  };
  afterEach(async () => {
    home.remove();
    await Promise.all(Object.values(registries).map((registry) => registry.close()));
  });

  const corectl = (...args: string[]) =>
    home.corectl(['p2p', ...args, '--tenant', 'payments'], {
      env: {PIPELINE_KEY: pipeline.privatePem, GITHUB_RUN_ID: '4711'},
    });
  const promote = async (image: string, fromStage: string, ...args: string[]) => {
    const {code, stderr} = await corectl('promote', image, '--from-stage', fromStage, ...args);
    expect(code, stderr).to.equal(0);
  };
  interface Told {
    promotions: {digest: string; fromStage: string; verifiedBy: string | null; run?: {id: string}}[];
  }
  const history = async (...args: string[]) => {
    const {code, stdout} = await corectl('history', ...args, '--json');
    expect(code).to.equal(0);
    return (JSON.parse(stdout) as Told).promotions;
  };
  const toProd = async (tag: string) => {
    const {digest} = await pushIndex(registries.dev, repository('fast-feedback'), tag, {seed: tag});
    await promote(`app:${tag}`, 'fast-feedback');
    await promote(`app:${tag}`, 'extended-test', '--tag', 'latest');
    return digest;
  };
  const latest = () =>
    Promise.all([registries.eu, registries.us].map((one) => tagged(one, repository('prod'), 'latest')));

  it('is told by status of each place: verified, unverified, unrecorded', async () => {
    await open();
    const digest = await toProd('1.0.0');
    const states = async () => {
      const {code, stdout} = await corectl('status', 'app', '--json');
      expect(code).to.equal(0);
      const [image] = statusSchema.parse(JSON.parse(stdout)).images;
      return image!.cells.map(({environment, stage, record}) => `${stage} ${environment} ${record}`);
    };
    expect(await states()).to.deep.equal([
      'fast-feedback dev null',
      'extended-test dev verified',
      'prod prod-eu verified',
      'prod prod-us verified',
    ]);
    const other = await pushIndex(registries.us, repository('prod'), '2.0.0', {seed: 'other'});
    expect(other.digest).to.not.equal(digest);
    expect((await states()).at(-1)).to.equal('prod prod-us unrecorded');
    const site = {name: 'prod-us', registry: registries.us, path: 'tenant/payments/prod'};
    const here = {environment: 'prod-us', stage: 'prod', name: `${registries.us.host}/${repository('prod')}`};
    const predicate = {...recordedPromotion, destinations: [here]};
    await attest(site, other.digest, {key: build, type: promotionPredicate, predicate});
    expect((await states()).at(-1)).to.equal('prod prod-us unverified');
    for (const output of ['text', 'html', 'svg']) {
      const {stdout} = await corectl('status', 'app', '--output', output);
      expect(stdout, output)
        .to.contain('unverified')
        .and.match(/[^n]verified/);
    }
  });

  it('shows the chain from the last place alone, whose it is and what was demanded', async () => {
    await open();
    const digest = await toProd('1.0.0');
    const {code, stdout} = await corectl('history', 'app:1.0.0', '--environment', 'prod-us');
    expect(code).to.equal(0);
    const [, first, second] = stdout.trim().split('\n');
    expect(first).to.match(
      /fast-feedback \(dev\) +extended-test \(dev\) +4711 +nothing demanded +verified by pipeline$/,
    );
    expect(second).to.match(
      /1\.0\.0, latest +extended-test \(dev\) +prod \(prod-eu\), prod \(prod-us\) +4711 +1 rule satisfied +verified/,
    );
    expect(await history(`app@${digest}`)).to.have.length(2);
    expect((await corectl('history', 'app:9.9.9')).code).to.equal(3);
    expect((await corectl('history', 'app:1.0.0', '--environment', 'prod-ue')).code).to.equal(2);
    registries.us.faults.add({path: /\/referrers\//, action: {status: 500}});
    expect((await corectl('history', 'app:1.0.0')).code).to.equal(5);
  });

  it('tells what nobody signed, and what the build forged, as unverified', async () => {
    await open('unsigned');
    const {digest} = await pushIndex(registries.dev, repository('fast-feedback'), '1.0.0');
    await promote('app:1.0.0', 'fast-feedback');
    const [own] = await history('app');
    expect(own).to.include({digest, verifiedBy: null});
    const site = {name: 'dev', registry: registries.dev, path: 'tenant/payments/extended-test'};
    const predicate = {...own, fromStage: 'forged'};
    await attest(site, digest, {key: build, type: 'urn:corectl:promotion:v1', predicate});
    expect((await history('app:1.0.0')).map(({verifiedBy}) => verifiedBy)).to.deep.equal([null, null]);
  });

  it('goes back to what stood under the floating tags, by the same rules, and records it', async () => {
    await open();
    const first = await toProd('1.0.0');
    const second = await toProd('1.1.0');
    expect(await latest()).to.deep.equal([second, second]);
    const dry = await corectl('rollback', 'app', '--stage', 'prod');
    expect(dry.code, dry.stderr).to.equal(0);
    expect(dry.stdout).to.contain(`latest in prod: ${second} since`);
    expect(await latest()).to.deep.equal([second, second]);
    const {code, stdout, stderr} = await corectl(
      'rollback',
      'app:latest',
      '--stage',
      'prod',
      '--confirm',
      '--json',
    );
    expect(code, stderr).to.equal(0);
    const report = JSON.parse(stdout) as Report;
    expect(report.images[0]?.policy?.results.map(({passed}) => passed)).to.deep.equal([true]);
    expect(report.images[0]?.destinations.map(({record}) => record?.status)).to.deep.equal([
      'written',
      'written',
    ]);
    expect(await latest()).to.deep.equal([first, first]);
    expect(await tagged(registries.eu, repository('prod'), '1.1.0')).to.equal(second);
    expect(
      (await history('app:latest', '--environment', 'prod-eu')).map((one) => one.fromStage),
    ).to.deep.equal(['fast-feedback', 'extended-test', 'extended-test']);
  });

  it('goes back also where the stage before has cleared the image away, and never where no trusted record says so', async () => {
    await open();
    const first = await toProd('1.0.0');
    await toProd('1.1.0');
    registries.dev.faults.add({path: new RegExp(first), action: {status: 404}});
    const {code, stderr} = await corectl('rollback', 'app', '--stage', 'prod', '--confirm');
    expect(code, stderr).to.equal(0);
    expect(await latest()).to.deep.equal([first, first]);
    expect((await corectl('rollback', 'app:1.0.0', '--stage', 'prod', '--confirm')).code).to.equal(2);
  });

  it('goes back nowhere while a tag is something else in one of the environments, or is not there', async () => {
    await open();
    await toProd('1.0.0');
    const second = await toProd('1.1.0');
    const hotfix = await pushIndex(registries.us, repository('prod'), 'latest', {seed: 'hotfix'});
    const goBack = (...args: string[]) => corectl('rollback', 'app', '--stage', 'prod', '--confirm', ...args);
    const refused = await goBack('--json');
    const {error} = JSON.parse(refused.stdout) as Report;
    expect([refused.code, error?.code]).to.deep.equal([4, 'ambiguous-rollback']);
    expect(error?.suggestions.join()).to.contain(`prod-us: latest is ${hotfix.digest}`);
    expect(await latest()).to.deep.equal([second, hotfix.digest]);
    registries.us.faults.add({path: /prod\/app\/(?:manifests\/latest|tags)/, action: {status: 404}});
    const absent = await goBack();
    expect([absent.code, absent.stdout.includes('prod-us: latest is not there')]).to.deep.equal([4, true]);
    registries.us.faults.clear();
    expect(await latest()).to.deep.equal([second, hotfix.digest]);
    expect((await goBack('--environment', 'prod-eu')).code).to.equal(0);
  });

  it('warns of records that a registry does not tell, and goes nowhere by the rest', async () => {
    await open();
    await toProd('1.0.0');
    const second = await toProd('1.1.0');
    registries.eu.faults.add({path: /\/referrers\//, action: {status: 403}});
    const told = await corectl('history', 'app:latest');
    expect([told.code, told.stderr.includes('prod-eu does not tell what refers to')]).to.deep.equal([
      0,
      true,
    ]);
    const {code, stderr} = await corectl('rollback', 'app:latest', '--stage', 'prod', '--confirm');
    expect([code, stderr.includes('not all that is recorded could be read')]).to.deep.equal([2, true]);
    expect(await latest()).to.deep.equal([second, second]);
  });

  it('does not go back by records that nobody signed', async () => {
    await open('unsigned');
    await pushIndex(registries.dev, repository('fast-feedback'), '1.0.0', {seed: 'a'});
    await promote('app:1.0.0', 'fast-feedback', '--tag', 'latest');
    await pushIndex(registries.dev, repository('fast-feedback'), '1.1.0', {seed: 'b'});
    await promote('app:1.1.0', 'fast-feedback', '--tag', 'latest');
    const {code, stderr} = await corectl('rollback', 'app', '--stage', 'extended-test', '--confirm');
    expect([code, stderr.includes('signed by nobody who is trusted')]).to.deep.equal([2, true]);
  });
});
